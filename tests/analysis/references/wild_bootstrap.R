# The restricted wild cluster bootstrap-t taken at its word: for every pattern of Rademacher signs,
# lm on the drawn data and sandwich::vcovCL (HC0 with cadjust, which is CR1).
suppressMessages({library(sandwich); library(jsonlite)})

t_value <- function(y, x, cluster, null) {
  fit <- lm(y ~ 0 + x)
  last <- ncol(x)
  v <- vcovCL(fit, cluster = cluster, type = "HC0", cadjust = TRUE)
  (coef(fit)[last] - null) / sqrt(v[last, last])
}
every_pattern <- function(y, x, restricted, cluster, null) {
  labels <- unique(cluster)
  signs <- as.matrix(expand.grid(rep(list(c(1, -1)), length(labels))))
  observed <- t_value(y, x, cluster, null)
  drawn <- apply(signs, 1, function(s) {
    names(s) <- labels
    t_value(restricted + s[as.character(cluster)] * (y - restricted), x, cluster, null)
  })
  list(t = unname(observed), p = mean(abs(drawn) >= abs(observed) * (1 - 1e-9)),
       strict = mean(abs(drawn) > abs(observed) * (1 + 1e-9)))
}
set.seed(4)
cluster <- rep(letters[1:8], times = c(1, 2, 3, 3, 4, 6, 9, 14))
effect <- rnorm(8, sd = 0.15)
names(effect) <- letters[1:8]
score <- pmin(1, pmax(0, round((0.62 + effect[cluster] + rnorm(length(cluster), sd = 0.3)) * 4) / 4))
difference <- sample(-4:4, length(cluster), replace = TRUE) / 4
one <- matrix(1, length(cluster), 1)
# Two sets over ten sessions, six of which they share.
cluster_a <- rep(letters[1:8], times = c(1, 2, 2, 3, 3, 4, 5, 7))
cluster_b <- rep(letters[3:10], times = c(2, 1, 4, 2, 5, 3, 3, 2))
score_a <- sample(0:4, length(cluster_a), replace = TRUE, prob = c(1, 1, 2, 3, 3)) / 4
score_b <- sample(0:4, length(cluster_b), replace = TRUE, prob = c(3, 2, 2, 2, 1)) / 4
both <- c(score_a, score_b)
stacked <- cbind(1, rep(c(1, 0), c(length(score_a), length(score_b))))
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), sandwich = as.character(packageVersion("sandwich"))),
  cluster = cluster, score = unname(score), difference = difference,
  rate = every_pattern(unname(score), one, rep(0.5, length(cluster)), cluster, 0.5),
  mean = every_pattern(difference, one, rep(0, length(cluster)), cluster, 0),
  cluster_a = cluster_a, score_a = score_a, cluster_b = cluster_b, score_b = score_b,
  contrast = every_pattern(both, stacked, rep(mean(both), length(both)), c(cluster_a, cluster_b), 0)
), digits = NA, auto_unbox = TRUE))
