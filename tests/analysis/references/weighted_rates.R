# A mean with sampling weights: CR2 and Satterthwaite degrees of freedom by clubSandwich (weights
# as sampling weights: identity working covariance), linearised standard error by survey.
suppressMessages({library(clubSandwich); library(survey); library(jsonlite)})
set.seed(11)
cluster <- rep(1:14, times = c(1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9, 10, 12, 15))
n <- length(cluster)
score <- sample(0:12, n, replace = TRUE) / 12
weighted <- function(weight) {
  data <- data.frame(score, cluster, weight)
  fit <- lm(score ~ 1, weights = weight, data = data)
  test <- coef_test(fit, vcov = "CR2", cluster = data$cluster, test = "Satterthwaite")
  mean <- svymean(~score, svydesign(ids = ~cluster, weights = ~weight, data = data))
  list(weight = weight, value = unname(coef(fit)), error = test$SE, df = test$df,
       survey_value = unname(coef(mean)), survey_error = unname(SE(mean)[1]))
}
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), clubSandwich = as.character(packageVersion("clubSandwich")),
                  survey = as.character(packageVersion("survey"))),
  score = score, cluster = cluster,
  unequal = weighted(1 / runif(n, 0.05, 0.9)),
  by_cluster = weighted(c(1, 5, 2, 9, 3, 4, 1, 8, 2, 6, 1, 3, 2, 5)[cluster]),
  equal = weighted(rep(3, n))
), digits = NA, auto_unbox = TRUE))
