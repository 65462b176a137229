# Set contrasts: session fixed effects, overlap weights, GEE logit, covariance of two set means.
# Rscript tests/analysis/references/set_contrasts.R > tests/analysis/references/set_contrasts.json
suppressMessages({library(clubSandwich); library(geepack); library(metafor)})
library(jsonlite)

set.seed(42)
draw <- function(sessions, mean_size, base, shift) {
  sizes <- 1 + rpois(length(sessions), mean_size)
  session <- rep(sessions, sizes)
  n <- length(session)
  random <- setNames(rnorm(20, 0, 0.2), paste0("s", 1:20))
  position <- round(rnorm(n, shift), 3)
  score <- pmin(1, pmax(0, base + random[session] + 0.08 * position + rnorm(n, 0, 0.35)))
  data.frame(session = session, score = round(score * 4) / 4, position = position,
             initiator = rbinom(n, 1, plogis(shift)), length = round(rgamma(n, 3, 1 / (1000 * (1 + shift)))))
}
a <- draw(paste0("s", 1:14), 3, 0.62, 0.4)
b <- draw(paste0("s", 6:18), 4, 0.40, 0)
both <- rbind(cbind(a, in_a = 1), cbind(b, in_a = 0))

# Sessions with both sets only, as the session effects of the others absorb them whole.
shared <- intersect(a$session, b$session)
within <- both[both$session %in% shared, ]
within_fit <- lm(score ~ in_a + factor(session), data = within)
within_test <- coef_test(within_fit, vcov = "CR2", cluster = within$session, test = "Satterthwaite", coefs = "in_a")

# Overlap weights written out: the other set's chance of the item.
propensity <- glm(in_a ~ position + initiator + length, family = binomial, data = both,
                  control = glm.control(epsilon = 1e-14, maxit = 100))
e <- fitted(propensity)
both$weight <- ifelse(both$in_a == 1, 1 - e, e)
weighted_fit <- lm(score ~ in_a, data = both, weights = weight)
weighted_test <- coef_test(weighted_fit, vcov = "CR2", cluster = both$session, test = "Satterthwaite", coefs = "in_a")

means <- lm(score ~ 0 + I(in_a) + I(1 - in_a), data = both)
V <- as.matrix(vcovCR(means, cluster = both$session, type = "CR2"))

logit <- suppressWarnings(glm(score ~ in_a, family = quasibinomial, data = both,
                              control = glm.control(epsilon = 1e-14, maxit = 100)))
cr3 <- as.matrix(vcovCR(logit, cluster = both$session, type = "CR3"))
ordered <- both[order(both$session), ]
ordered$id <- as.integer(factor(ordered$session))
gee <- suppressWarnings(geeglm(score ~ in_a, id = id, data = ordered, family = binomial,
                               corstr = "independence"))

# Balance: metafor's SMD over the square root of the mean variance, its small-sample factor undone.
balance <- lapply(c("position", "length", "initiator"), function(name) {
  smd <- escalc("SMDH", m1i = mean(a[[name]]), sd1i = sd(a[[name]]), n1i = nrow(a),
                m2i = mean(b[[name]]), sd2i = sd(b[[name]]), n2i = nrow(b))$yi
  fit <- lm(both[[name]] ~ in_a, data = both)
  test <- conf_int(fit, vcov = "CR2", cluster = both$session, coefs = "in_a")
  list(name = name, standardised = as.numeric(smd) / metafor:::.cmicalc(nrow(both) - 2),
       value = test$beta, low = test$CI_L, high = test$CI_U, df = test$df)
})

cat(toJSON(list(
  versions = list(clubSandwich = as.character(packageVersion("clubSandwich")),
                  geepack = as.character(packageVersion("geepack")),
                  metafor = as.character(packageVersion("metafor"))),
  a = as.list(a), b = as.list(b),
  within = list(value = within_test$beta, se = within_test$SE, df = within_test$df_Satt,
                p = within_test$p_Satt, n = nrow(within), clusters = length(shared)),
  weighted = list(value = weighted_test$beta, se = weighted_test$SE, df = weighted_test$df_Satt,
                  p = weighted_test$p_Satt, weight = both$weight),
  balance = balance,
  correlation = V[1, 2] / sqrt(V[1, 1] * V[2, 2]),
  gee = list(log_odds = unname(coef(logit)[2]), se_bias_reduced = sqrt(cr3[2, 2]),
             geepack_log_odds = unname(coef(gee)[2]),
             geepack_robust_se = summary(gee)$coefficients[2, 2])
), digits = NA, auto_unbox = TRUE, pretty = TRUE))
