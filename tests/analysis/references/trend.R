# Trend of rates: metafor for independent rates (Paule-Mandel, Knapp-Hartung; Hedges-Olkin with
# equal weights) and, at a given between-model variance, for correlated ones; that variance from
# uniroot on matrices written out; CR2 covariance of stacked models by clubSandwich.
suppressMessages({library(metafor); library(clubSandwich); library(jsonlite)})
year <- c(2023.2, 2023.5, 2024.1, 2024.3, 2024.9, 2025.2, 2025.8, 2026.1)
centred <- year - mean(year)
models <- length(year)
fitted <- function(fit) list(intercept = fit$b[1], slope = fit$b[2], error = fit$se[2], p = fit$pval[2],
                             low = fit$ci.lb[2], high = fit$ci.ub[2])
independent <- function(rate, variance) {
  weighted <- rma(rate, variance, mods = ~centred, method = "PM", test = "adhoc",
                  control = list(tol = 1e-14, maxiter = 1e5))
  equal <- rma(rate, variance, mods = ~centred, method = "HE", weighted = FALSE, test = "t")
  list(rate = rate, variance = variance, weighted = c(fitted(weighted), tau2 = weighted$tau2, q = weighted$QE),
       equal = c(fitted(equal), tau2 = equal$tau2))
}
set.seed(23)
cluster <- rep(1:22, times = rep(3:5, length.out = 22))
items <- length(cluster)
quality <- 0.45 + 0.06 * centred + c(0.12, -0.1, 0.1, -0.06, 0.02, 0.12, -0.13, 0.06)
latent <- outer(rnorm(22, 0, 0.1)[cluster] + rnorm(items, 0, 0.2), quality, "+") +
  matrix(rnorm(items * models, 0, 0.25), items)
scores <- round(pmin(pmax(latent, 0), 1) * 12) / 12
scores[cbind(c(3, 10, 11, 40, 70), c(2, 2, 2, 5, 8))] <- NA
stacked <- data.frame(score = c(scores), model = factor(rep(1:models, each = items)), cluster = rep(cluster, models))
stacked <- stacked[!is.na(stacked$score), ]
fit <- lm(score ~ 0 + model, data = stacked)
sigma <- unclass(as.matrix(vcovCR(fit, cluster = stacked$cluster, type = "CR2")))
attributes(sigma) <- list(dim = c(models, models))
correlated <- function(rate, v) {
  x <- cbind(1, centred)
  q <- function(tau2) {
    w <- solve(v + tau2 * diag(models))
    r <- rate - x %*% solve(t(x) %*% w %*% x, t(x) %*% w %*% rate)
    c(t(r) %*% w %*% r)
  }
  tau2 <- if (q(0) <= models - 2) 0 else uniroot(function(t) q(t) - (models - 2), c(0, 10 * var(rate)), tol = 1e-16)$root
  fit <- rma.mv(rate, v, mods = ~centred, random = ~1 | model, sigma2 = tau2, test = "t",
                data = data.frame(rate, centred, model = 1:models))
  c(fitted(fit), tau2 = tau2, q = q(0))
}
unweighted <- function(rate, v) {
  x <- cbind(1, centred)
  bread <- solve(t(x) %*% x)
  left <- diag(models) - x %*% bread %*% t(x)
  tau2 <- max(0, (sum((left %*% rate)^2) - sum(diag(left %*% v))) / sum(diag(left)))
  b <- bread %*% t(x) %*% rate
  error <- sqrt((bread %*% t(x) %*% (v + tau2 * diag(models)) %*% x %*% bread)[2, 2])
  half <- qt(0.975, models - 2) * error
  list(intercept = b[1], slope = b[2], error = error, p = 2 * pt(-abs(b[2] / error), models - 2),
       low = b[2] - half, high = b[2] + half, tau2 = tau2)
}
rate <- unname(coef(fit))
bend <- diag(1 / (rate * (1 - rate)))
orders <- function(v) if (length(v) == 1) matrix(v) else
  do.call(rbind, lapply(seq_along(v), function(i) cbind(v[i], orders(v[-i]))))
seven <- 1:7
shuffled <- orders(year[seven]) %*% (rate[seven] - mean(rate[seven]))
observed <- sum(year[seven] * (rate[seven] - mean(rate[seven])))
ranks <- cor.test(rate[seven], year[seven], method = "kendall", exact = TRUE)
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), metafor = as.character(packageVersion("metafor")),
                  clubSandwich = as.character(packageVersion("clubSandwich"))),
  year = year,
  scattered = independent(c(0.31, 0.52, 0.38, 0.61, 0.42, 0.68, 0.49, 0.71), c(20, 25, 18, 30, 22, 24, 26, 21) / 1e4),
  on_a_line = independent(c(0.40, 0.42, 0.44, 0.43, 0.48, 0.47, 0.52, 0.51), c(20, 25, 18, 30, 22, 24, 26, 21) / 1e4),
  scores = scores, cluster = cluster, rate = rate, sigma = sigma,
  correlated = correlated(rate, sigma),
  unweighted = unweighted(rate, sigma),
  logit = correlated(qlogis(rate), bend %*% sigma %*% bend),
  permutation = list(p = mean(abs(shuffled) >= abs(observed) - 1e-12), slope = unname(coef(lm(rate[seven] ~ year[seven]))[2]),
                     tau = unname(ranks$estimate), tau_p = ranks$p.value)
), digits = NA, auto_unbox = TRUE, na = "null"))
