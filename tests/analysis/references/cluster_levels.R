# One mean under three clusterings by clubSandwich, and under two crossed ones by sandwich::vcovCL
# (HC2 is the Bell-McCaffrey adjustment in each clustering; its factor (G - 1) / G is undone by cadjust).
suppressMessages({library(clubSandwich); library(sandwich); library(jsonlite)})
set.seed(5)
session <- rep(1:20, times = rep(2:6, 4))
researcher <- c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 9, 10)[session]
project <- c(1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 5)[session]
n <- length(session)
pull <- rnorm(10, 0, 0.3)[researcher] + rnorm(9, 0, 0.3)[project]
score <- round(pmin(1, pmax(0, 0.55 + pull + rnorm(n, 0, 0.3))) * 12) / 12
apart <- round(pmin(1, pmax(0, 0.5 + rnorm(n, 0, 0.35))) * 12) / 12
levels <- list(session = session, researcher = researcher, project = project)
one_way <- function(fit) lapply(levels, function(by) {
  test <- coef_test(fit, vcov = "CR2", cluster = by, test = "Satterthwaite")
  list(error = test$SE, df = test$df)
})
figures <- function(y) {
  fit <- lm(y ~ 1)
  both <- data.frame(researcher, project)
  list(score = y, value = unname(coef(fit)), one_way = one_way(fit),
       two_way = vcovCL(fit, cluster = both, type = "HC2", cadjust = TRUE, multi0 = FALSE)[1, 1])
}
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), clubSandwich = as.character(packageVersion("clubSandwich")),
                  sandwich = as.character(packageVersion("sandwich"))),
  labels = levels, crossed = figures(score), apart = figures(apart)
), digits = NA, auto_unbox = TRUE))
