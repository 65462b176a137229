# CR2, Satterthwaite df and the HTZ test of clubSandwich for regressions by lm.
# Rscript tests/analysis/references/regression.R > tests/analysis/references/regression.json
suppressMessages(library(clubSandwich))
library(jsonlite)

set.seed(20261128)
sizes <- c(1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18)
cluster <- rep(letters[seq_along(sizes)], sizes)
n <- length(cluster)
rows <- data.frame(
  cluster = cluster,
  in_a = rbinom(n, 1, 0.5),
  x = round(rnorm(n), 3),
  level = rep(round(rnorm(length(sizes)), 2), sizes),
  weight = round(rgamma(n, 2) + 0.05, 3)
)
effect <- rnorm(length(sizes), 0, 0.15)
rows$score <- round(12 * pmin(1, pmax(0, 0.5 + 0.1 * rows$x + rep(effect, sizes) + rnorm(n, 0, 0.3)))) / 12
rows$last <- as.numeric(rows$cluster == "k")
rows <- rows[sample(n), ]

describe <- function(fit) {
  V <- vcovCR(fit, cluster = rows$cluster, type = "CR2")
  single <- coef_test(fit, vcov = V, test = "Satterthwaite")
  # linear_contrast of clubSandwich 0.5.8 stops when there are weights, so the combination
  # (0, 1, -.5, .25) becomes a coefficient of the same model in other columns.
  turned <- model.matrix(fit) %*% solve(rbind(c(1, 0, 0, 0), c(0, 1, -0.5, 0.25), c(0, 0, 1, 0), c(0, 0, 0, 1)))
  again <- if (is.null(weights(fit))) lm(rows$score ~ 0 + turned) else lm(rows$score ~ 0 + turned, weights = rows$weight)
  line <- conf_int(again, vcov = "CR2", cluster = rows$cluster, level = 0.9)[2, ]
  many <- rbind(c(0, 1, 0, 0), c(0, 0, 1, 0), c(0, 0, 0, 1))
  list(
    coefficients = unname(coef(fit)), covariance = unname(as.matrix(V)[, , drop = FALSE]),
    se = single$SE, df = single$df_Satt, p = single$p_Satt,
    combined = list(value = line$beta, se = line$SE, df = line$df, low = line$CI_L, high = line$CI_U),
    wald = lapply(2:3, function(q) {
      test <- Wald_test(fit, constraints = many[1:q, ], vcov = V, test = "HTZ")
      list(F = test$Fstat, df_num = test$df_num, df_denom = test$df_denom, p = test$p_val)
    })
  )
}

plain <- lm(score ~ in_a + x + level, data = rows)
weighted <- lm(score ~ in_a + x + level, data = rows, weights = weight)
# The column `last` marks one cluster, which alone determines its coefficient.
marked <- lm(score ~ in_a + last, data = rows)
marked_vcov <- vcovCR(marked, cluster = rows$cluster, type = "CR2")
cat(toJSON(list(
  versions = list(R = R.version$version.string, clubSandwich = as.character(packageVersion("clubSandwich"))),
  data = as.list(rows),
  plain = describe(plain),
  weighted = describe(weighted),
  marked = list(
    covariance = unname(as.matrix(marked_vcov)[, , drop = FALSE]),
    df = coef_test(marked, vcov = marked_vcov, test = "Satterthwaite")$df_Satt
  )
), digits = NA, auto_unbox = TRUE, pretty = TRUE))
