# Two-phase regression (GREG) and post-stratified means by the survey package.
# Rscript tests/analysis/references/two_phase.R > tests/analysis/references/two_phase.json
suppressMessages(library(survey))
library(jsonlite)

set.seed(20261128)
# The "full" variance ignores clusters of the first phase, so clustered items take "approx".
describe <- function(rows, ids, formula, method = "full", chances = FALSE) {
  phases <- if (chances) {
    twophase(id = list(ids, ~item), probs = list(NULL, ~chance), subset = ~labelled, data = rows, method = "approx")
  } else {
    twophase(id = list(ids, ~item), subset = ~labelled, data = rows, method = method)
  }
  mean <- svymean(~people, calibrate(phases, phase = 2, formula = formula))
  list(value = unname(coef(mean)), se = as.numeric(SE(mean)))
}

# 400 items, each a cluster of its own, judge and people say win or loss.
n <- 400
truth <- rbinom(n, 1, 0.4)
single <- data.frame(item = 1:n, judge = ifelse(runif(n) < 0.2, 1 - truth, truth), people = truth, labelled = FALSE)
single$labelled[sample(n, 150)] <- TRUE

# 120 items in 15 clusters; scores in quarters; labelled more often where the judge sees a tie.
sizes <- c(2, 3, 4, 5, 6, 6, 7, 8, 8, 9, 10, 11, 12, 14, 15)
cluster <- rep(letters[seq_along(sizes)], sizes)
m <- length(cluster)
quality <- pmin(1, pmax(0, 0.45 + rep(rnorm(15, 0, 0.15), sizes) + rnorm(m, 0, 0.3)))
nested <- data.frame(
  item = 1:m, cluster = cluster,
  judge = pmin(4, pmax(0, round(4 * (quality + 0.1 + rnorm(m, 0, 0.15))))) / 4,
  people = pmin(4, pmax(0, round(4 * (quality + rnorm(m, 0, 0.1))))) / 4
)
nested$verdict <- sign(nested$judge - 0.5)
nested$labelled <- FALSE
nested$labelled[sample(m, 60)] <- TRUE
uneven <- nested
uneven$chance <- ifelse(uneven$verdict == 0, 0.7, ifelse(uneven$judge > 0.5, 0.4, 0.5))
uneven$labelled <- runif(m) < uneven$chance

cat(toJSON(list(
  versions = list(R = R.version$version.string, survey = as.character(packageVersion("survey"))),
  single = list(data = as.list(single), regression = describe(single, ~item, ~judge), classes = describe(single, ~item, ~factor(judge))),
  nested = list(data = as.list(nested), regression = describe(nested, ~cluster, ~judge, "approx"), classes = describe(nested, ~cluster, ~factor(verdict), "approx")),
  uneven = list(data = as.list(uneven), regression = describe(uneven, ~cluster, ~judge, chances = TRUE), classes = describe(uneven, ~cluster, ~factor(verdict), chances = TRUE))
), digits = NA, auto_unbox = TRUE, pretty = TRUE))
