# Two sets that share clusters: the mean at each base rate by clubSandwich's linear_contrast, and
# the break-even base rates by solving |t| = quantile in p numerically, without Fieller's formula.
suppressMessages({library(clubSandwich); library(jsonlite)})
set.seed(17)
figures <- function(rate_sub, rate_strong, n_sub, n_strong) {
  data <- data.frame(
    set = factor(rep(c("sub", "strong"), c(n_sub, n_strong)), levels = c("sub", "strong")),
    cluster = c(sample(1:13, n_sub, replace = TRUE), sample(5:17, n_strong, replace = TRUE)))
  pull <- rnorm(17, 0, 0.12)[data$cluster]
  mean <- ifelse(data$set == "sub", rate_sub, rate_strong) + pull
  data$score <- round(pmin(1, pmax(0, mean + rnorm(nrow(data), 0, 0.3))) * 12) / 12
  fit <- lm(score ~ 0 + set, data = data)
  v <- vcovCR(fit, cluster = data$cluster, type = "CR2")
  grid <- seq(0, 1, by = 0.25)
  at <- lapply(grid, function(p) linear_contrast(
    fit, vcov = v, contrasts = matrix(c(p, 1 - p), 1), test = "Satterthwaite", level = 0.95))
  w <- unname(coef(fit))
  v <- unclass(as.matrix(v))
  quantile <- 2.2
  excess <- function(p) (p * w[1] + (1 - p) * w[2] - 0.5)^2 -
    quantile^2 * c(c(p, 1 - p) %*% v %*% c(p, 1 - p))
  steps <- seq(-60, 60, by = 0.01)
  signs <- sign(sapply(steps, excess))
  ends <- sapply(which(diff(signs) != 0), function(i)
    uniroot(excess, steps[i + 0:1], tol = 1e-15)$root)
  list(score_sub = data$score[data$set == "sub"], cluster_sub = data$cluster[data$set == "sub"],
       score_strong = data$score[data$set == "strong"], cluster_strong = data$cluster[data$set == "strong"],
       grid = grid, value = sapply(at, function(x) x$Est),
       error = sapply(at, function(x) x$SE), df = sapply(at, function(x) x$df),
       quantile = quantile, ends = I(ends), outside = excess(60) < 0)
}
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), clubSandwich = as.character(packageVersion("clubSandwich"))),
  identified = figures(0.68, 0.25, 60, 55),
  not_identified = figures(0.56, 0.5, 40, 35)
), digits = NA, auto_unbox = TRUE))
