# Fractional logit by glm, refitted without each cluster; clustered covariance by sandwich.
# Rscript tests/analysis/references/length_control.R > tests/analysis/references/length_control.json
suppressMessages(library(sandwich))
library(jsonlite)

set.seed(20261128)
sizes <- c(3, 4, 5, 6, 6, 7, 8, 9, 10, 11, 12, 15)
cluster <- rep(letters[seq_along(sizes)], sizes)
n <- length(cluster)
rows <- data.frame(cluster = cluster, length = round(rnorm(n, 40, 80)), bullets = rpois(n, 2) - 1)
eta <- -0.2 + 0.9 * tanh(rows$length / sd(rows$length)) + rep(rnorm(12, 0, 0.4), sizes)
rows$score <- round(4 * pmin(1, pmax(0, plogis(eta) + rnorm(n, 0, 0.25)))) / 4

describe <- function(x, z) {
  data <- data.frame(score = rows$score, cluster = rows$cluster, x = x, z = z)
  control <- glm.control(epsilon = 1e-14, maxit = 100)
  fit <- glm(score ~ x + z, family = quasibinomial, data = data, control = control)
  without <- t(sapply(unique(cluster), function(g) {
    coef(glm(score ~ x + z, family = quasibinomial, data = data[data$cluster != g, ], control = control))
  }))
  G <- nrow(without)
  spread <- function(v) (G - 1) / G * sum((v - mean(v))^2)
  list(
    coefficients = unname(coef(fit)), rate = plogis(unname(coef(fit)[1])),
    clustered = unname(vcovCL(fit, cluster = data$cluster, type = "HC0", cadjust = FALSE)),
    refits = unname(apply(without, 2, spread)), rate_variance = spread(plogis(without[, 1]))
  )
}
length <- rows$length / sd(rows$length)
bullets <- rows$bullets / sd(rows$bullets)
cat(toJSON(list(
  versions = list(R = R.version$version.string, sandwich = as.character(packageVersion("sandwich"))),
  data = as.list(rows),
  tanh = describe(tanh(length), tanh(bullets)),
  linear = describe(length, bullets)
), digits = NA, auto_unbox = TRUE, pretty = TRUE))
