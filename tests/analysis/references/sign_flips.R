# Exact two-sided sign flip tests by coin (shift algorithm), with sums of sessions as pairs of a
# session, and by going through all patterns. Darwin's data: Fisher 1935, sections 17 and 21.
suppressMessages({library(coin); library(jsonlite)})

every_pattern <- function(sums) {
  signs <- as.matrix(expand.grid(rep(list(c(1, -1)), length(sums))))
  mean(abs(signs %*% sums) >= abs(sum(sums)) - 1e-9)
}
by_coin <- function(sums) {
  long <- data.frame(
    y = c(sums, rep(0, length(sums))),
    arm = gl(2, length(sums)),
    session = factor(rep(seq_along(sums), 2))
  )
  as.numeric(pvalue(symmetry_test(y ~ arm | session, data = long, distribution = approximate(nresample = 1e6))))
}
darwin <- c(49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48)
set.seed(1)
session <- c(rep(1:10, times = c(1, 1, 2, 2, 3, 4, 5, 6, 8, 12)))
difference <- sample(-4:4, length(session), replace = TRUE) / 4 + 0.1 * (session %% 3)
difference <- round(pmax(-1, pmin(1, difference)) * 20) / 20
score <- sample(0:4, length(session), replace = TRUE, prob = c(1, 1, 2, 3, 3)) / 4
sums <- function(x) as.numeric(tapply(x, session, sum))
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), coin = as.character(packageVersion("coin"))),
  darwin = darwin, darwin_every = every_pattern(darwin), darwin_coin = by_coin(darwin),
  session = session, difference = difference, score = score,
  difference_every = every_pattern(sums(difference)),
  difference_coin = by_coin(sums(difference)),
  score_every = every_pattern(sums(score - 0.5))
), digits = NA, auto_unbox = TRUE))
