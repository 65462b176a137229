# Lang-Reiczigel intervals by asht::prevSeSp, Rogan-Gladen values by epiR, confusion matrices by solve.
# asht is on CRAN (of it only prevSeSp is used), the rest in Debian.
# Rscript tests/analysis/references/rogan_gladen.R > tests/analysis/references/rogan_gladen.json
suppressMessages(library(epiR))
library(asht)
library(jsonlite)

# `published` are the intervals printed in Lang and Reiczigel (2014), examples 1 to 4.
cases <- list(
  list(rate = 4060 / 11284, n = 11284, se = c(178, 179), sp = c(358, 359), published = c(0.349, 0.372)),
  list(rate = 51 / 2971, n = 2971, se = c(32, 33), sp = c(20, 20), published = c(0, 0.053)),
  list(rate = 0.06, n = 11862, se = c(8, 10), sp = c(12, 12), published = c(0, 0.147)),
  list(rate = 259 / 509, n = 509, se = c(84, 127), sp = c(96, 109), published = c(0.58, 0.87)),
  list(rate = 51 / 509, n = 509, se = c(23, 41), sp = c(187, 195), published = c(0.037, 0.195)),
  list(rate = 0.6, n = 129, se = c(26, 30), sp = c(23, 30), published = NULL)
)
answer <- function(case, level) {
  se <- case$se[1] / case$se[2]
  sp <- case$sp[1] / case$sp[2]
  found <- prevSeSp(case$rate, case$n, se, case$se[2], sp, case$sp[2], conf.level = level)
  c(case, list(level = level, value = unname(found$estimate), interval = as.numeric(found$conf.int)))
}
prevalence <- epi.prev(pos = 77, tested = 129, se = 26 / 30, sp = 23 / 30, method = "wilson", units = 1)

truth <- c(0.5, 0.2, 0.3)
confusion <- rbind(c(0.8, 0.12, 0.08), c(0.25, 0.5, 0.25), c(0.1, 0.15, 0.75))
shares <- c(0.55, 0.15, 0.3)
cat(toJSON(list(
  versions = list(R = R.version$version.string, epiR = as.character(packageVersion("epiR")), asht = as.character(packageVersion("asht"))),
  intervals = c(lapply(cases, answer, level = 0.95), list(answer(cases[[6]], 0.9))),
  epi = list(positive = 77, tested = 129, se = c(26, 30), sp = c(23, 30), value = prevalence$tp$est),
  confusion = list(
    matrix = confusion, shares = shares, solved = solve(t(confusion), shares),
    condition = kappa(confusion, exact = TRUE), known = truth, seen = as.numeric(t(confusion) %*% truth)
  )
), digits = NA, auto_unbox = TRUE, null = "null", pretty = TRUE))
