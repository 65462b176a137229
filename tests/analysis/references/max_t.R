# Step-down max-T over joint sign flips by coin: endpoints of pairs permuted within blocks, the
# permutation distribution drawn a million times; and all patterns gone through in plain loops.
suppressMessages({library(coin); library(jsonlite)})

set.seed(9)
sessions <- 10
sums <- matrix(round(rnorm(sessions * 5) * 4), sessions, 5)
sums[, 1] <- sums[, 1] + 5
sums[, 2] <- sums[, 1] - sums[, 3]
sums[, 4] <- sums[, 4] - 3
long <- data.frame(rbind(sums, 0 * sums), arm = gl(2, sessions), session = factor(rep(seq_len(sessions), 2)))
test <- symmetry_test(X1 + X2 + X3 + X4 + X5 ~ arm | session, data = long,
                      teststat = "maximum", distribution = approximate(nresample = 1e6))
standard <- function(s) colSums(s) / sqrt(colSums(s^2))
observed <- abs(standard(sums))
first <- order(-observed)
signs <- as.matrix(expand.grid(rep(list(c(1, -1)), sessions)))
reached <- numeric(5)
alone <- numeric(5)
for (row in seq_len(nrow(signs))) {
  drawn <- abs(standard(sums * signs[row, ]))
  alone <- alone + (drawn >= observed - 1e-9)
  for (k in seq_along(first)) {
    rest <- first[k:5]
    reached[first[k]] <- reached[first[k]] + (max(drawn[rest]) >= observed[first[k]] - 1e-9)
  }
}
stepped <- numeric(5)
stepped[first] <- cummax(reached[first] / nrow(signs))
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), coin = as.character(packageVersion("coin"))),
  sums = sums,
  coin_statistics = as.numeric(statistic(test, type = "standardized")),
  coin_adjusted = as.numeric(pvalue(test, method = "step-down")),
  statistics = standard(sums), adjusted = stepped, alone = alone / nrow(signs)
), digits = NA, auto_unbox = TRUE))
