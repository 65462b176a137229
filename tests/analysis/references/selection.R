# Win rates of a redraw on sets chosen by a noisy label, by the bivariate normal probabilities of
# mvtnorm: human quality H, redraw C, label L with corr(L, H)^2 = reliability.
suppressMessages({library(mvtnorm); library(jsonlite)})
redraw <- function(q_s, q_t, r) {
  slope <- matrix(c(1, sqrt(r / 2), sqrt(r / 2), 1), 2)  # of (H - C) / sqrt(2) and L
  exact <- TVPACK(1e-14)
  sub <- pmvnorm(upper = c(0, qnorm(q_s)), corr = slope, algorithm = exact)[1]
  strong <- pmvnorm(lower = c(0, qnorm(1 - q_t)), corr = slope, algorithm = exact)[1]
  list(q_s = q_s, q_t = q_t, r = r, sub = sub / q_s, strong = 1 - strong / q_t)
}
cases <- expand.grid(q_s = c(0.02, 0.1, 0.2, 0.5), q_t = c(0.1, 0.3, 0.5), r = c(0, 0.3, 0.5, 0.8, 0.99))
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), mvtnorm = as.character(packageVersion("mvtnorm"))),
  cases = Map(redraw, cases$q_s, cases$q_t, cases$r)
), digits = NA, auto_unbox = TRUE))
