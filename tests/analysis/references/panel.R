# A panel of three judges, one of them missing here and there: mean and CR2 variance by clubSandwich.
# Rscript tests/analysis/references/panel.R > tests/analysis/references/panel.json
suppressMessages(library(clubSandwich))
library(jsonlite)

set.seed(20261128)
sizes <- c(2, 3, 3, 4, 5, 6, 7, 8, 9, 10)
cluster <- rep(letters[seq_along(sizes)], sizes)
n <- length(cluster)
quality <- 0.5 + rep(rnorm(10, 0, 0.15), sizes) + rnorm(n, 0, 0.25)
judge <- function(shift) round(4 * pmin(1, pmax(0, quality + shift + rnorm(n, 0, 0.2)))) / 4
scores <- data.frame(a = judge(0), b = judge(0.1), c = judge(-0.05))
scores$c[c(4, 17, 30)] <- NA
whole <- complete.cases(scores)
answer <- function(columns) {
  mean <- rowMeans(scores[whole, columns, drop = FALSE])
  found <- coef_test(lm(mean ~ 1), vcov = "CR2", cluster = cluster[whole], test = "Satterthwaite")
  list(value = found$beta, se = found$SE, df = found$df_Satt)
}
cat(toJSON(list(
  versions = list(R = R.version$version.string, clubSandwich = as.character(packageVersion("clubSandwich"))),
  clusters = cluster, scores = as.list(scores),
  mean = answer(c("a", "b", "c")),
  judges = list(a = answer("a"), b = answer("b"), c = answer("c")),
  without = list(a = answer(c("b", "c")), b = answer(c("a", "c")), c = answer(c("a", "b")))
), digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE))
