# Power of one rate, df and variance of planned clusters, an ICC's interval, clusters with a label.
# Rscript tests/analysis/references/power.R > tests/analysis/references/power.json
suppressMessages({library(clubSandwich); library(pwr)})
library(jsonlite)

# One rate: pwr's arcsine power, and the exact test summed over what binom.test rejects.
rejected <- function(n) {
  wins <- 0:n
  wins[sapply(wins, function(k) binom.test(k, n, 0.5)$p.value) <= 0.05]
}
rates <- lapply(list(c(129, 0.6), c(129, 0.64), c(60, 0.65), c(30, 0.75)), function(case) {
  n <- case[1]; rate <- case[2]
  list(n = n, rate = rate,
       arcsine = pwr.p.test(h = ES.h(rate, 0.5), n = n)$power,
       exact = sum(dbinom(rejected(n), n, rate)))
})

# One mean of independent normal scores: the detectable effect of the exact t test.
means <- lapply(c(30, 60, 129), function(n)
  list(n = n, d = pwr.t.test(n = n, power = 0.8, type = "one.sample")$d))

# Planned clusters: df by clubSandwich on any scores, variance from the whole covariance matrix.
set.seed(7)
covariance <- function(cluster, set, sd, icc, r) {
  same <- outer(cluster, cluster, "==")
  between <- outer(sd[set] * sqrt(icc[set]), sd[set] * sqrt(icc[set])) *
    ifelse(outer(set, set, "=="), 1, r)
  same * between + diag(sd[set]^2 * (1 - icc[set]))
}
designs <- lapply(list(c(8, 5, 4, 2, 1, 1, 1, 1), rep(3, 12), c(27, 18, 9, 9, 6, 3, 1, 1, 1)),
  function(sizes) {
    cluster <- rep(seq_along(sizes), sizes)
    n <- length(cluster)
    fit <- lm(rnorm(n) ~ 1)
    omega <- covariance(cluster, rep(1, n), 0.45, 0.15, 1)
    list(sizes = sizes, sd = 0.45, icc = 0.15, variance = sum(omega) / n^2,
         df = coef_test(fit, vcov = "CR2", cluster = cluster)$df_Satt)
  })

a <- c(1, 2, 3, 4, 7, 9); b <- c(1, 1, 2, 4, 4, 6)
cluster <- c(rep(1:6, a), rep(1:6, b))
set <- rep(1:2, c(sum(a), sum(b)))
x <- cbind(set == 1, set == 2) + 0
fit <- lm(rnorm(length(set)) ~ 0 + x)
weights <- c(1, -1) %*% solve(t(x) %*% x) %*% t(x)
omega <- covariance(cluster, set, c(0.45, 0.4), c(0.1, 0.2), 0.5)
contrast <- list(sizes_a = a, sizes_b = b, sd = c(0.45, 0.4), icc = c(0.1, 0.2), correlation = 0.5,
  variance = as.numeric(weights %*% omega %*% t(weights)),
  df = linear_contrast(fit, vcov = "CR2", cluster = cluster, contrasts = matrix(c(1, -1), 1))$df)

# ICC by the mean squares of aov, its ends by root finding on the F test of a given ICC.
one_way <- function(scores, cluster) {
  table <- summary(aov(scores ~ factor(cluster)))[[1]]
  size <- as.numeric(table(cluster))
  n0 <- (sum(size) - sum(size^2) / sum(size)) / (length(size) - 1)
  at <- function(icc) pf(table[1, 3] / table[2, 3] * (1 - icc) / (1 + (n0 - 1) * icc),
                         table[1, 1], table[2, 1])
  end <- function(p) uniroot(function(icc) at(icc) - p, c(-1 / n0 + 1e-9, 1 - 1e-9), tol = 1e-14)$root
  list(scores = scores, clusters = cluster, low = end(0.975), high = end(0.025))
}
even <- rep(1:9, each = 4)
uneven <- rep(1:9, c(1, 1, 2, 3, 4, 4, 6, 9, 12))
iccs <- lapply(list(even, uneven), function(cluster)
  one_way(round(rnorm(9, 0, 0.15)[cluster] + rnorm(length(cluster), 0.5, 0.1), 3), cluster))

# Clusters with at least one of the labelled items, drawn without replacement.
sizes <- c(1, 1, 2, 5, 9, 14)
drawn <- c(3, 10, 31)

cat(toJSON(list(
  rates = rates, means = means, designs = designs, contrast = contrast,
  iccs = iccs,
  labelled = list(sizes = sizes, drawn = drawn, clusters = sapply(drawn, function(m)
    sum(1 - dhyper(0, sizes, sum(sizes) - sizes, m))))
), auto_unbox = TRUE, digits = NA, pretty = TRUE), "\n")
