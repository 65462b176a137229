# What base R says of counts: prop.test without correction (Wilson), binom.test on discordant items
# (exact McNemar), and Newcombe's method 10 put together from two Wilson intervals.
library(jsonlite)
wilson <- function(x, n) as.numeric(prop.test(x, n, correct = FALSE)$conf.int)
newcombe <- function(x1, n1, x2, n2) {
  p1 <- x1 / n1; p2 <- x2 / n2; one <- wilson(x1, n1); two <- wilson(x2, n2)
  c(p1 - p2 - sqrt((p1 - one[1])^2 + (two[2] - p2)^2), p1 - p2 + sqrt((one[2] - p1)^2 + (p2 - two[1])^2))
}
rounds_to <- function(percent, n) which(round(100 * (0:n) / n) == percent) - 1
tables <- do.call(rbind, lapply(rounds_to(64, 129), function(a) do.call(rbind, lapply(rounds_to(51, 129), function(b) {
  both <- max(0, a + b - 129):min(a, b)
  data.frame(discordant = a + b - 2 * both,
             p = sapply(both, function(k) if (a + b == 2 * k) 1 else binom.test(a - k, a + b - 2 * k)$p.value))
}))))
cat(suppressWarnings(toJSON(list(
  versions = list(R = as.character(getRversion())),
  counts = list(a = rounds_to(64, 129), b = I(rounds_to(51, 129)), c = rounds_to(20, 127)),
  wilson_82 = wilson(82, 129), wilson_83 = wilson(83, 129), wilson_66 = wilson(66, 129),
  smallest_p = min(tables$p), largest_p = max(tables$p),
  fewest = min(tables$discordant), most = max(tables$discordant),
  all_below = max(tables$discordant[tables$discordant < min(tables$discordant[tables$p >= 0.05])]),
  none_below = min(tables$discordant[tables$discordant > max(tables$discordant[tables$p < 0.05])]),
  newcombe_least = newcombe(82, 129, 26, 127), newcombe_most = newcombe(83, 129, 25, 127)
), digits = NA, auto_unbox = TRUE)))
