# Flips, noise floor and position effect by listing all pairs of verdicts; intervals by clubSandwich.
# Rscript tests/analysis/references/stability.R > tests/analysis/references/stability.json
suppressMessages(library(clubSandwich))
library(jsonlite)

set.seed(20261128)
sizes <- c(1, 2, 3, 4, 5, 6, 7, 8, 9)
items <- data.frame(item = seq_len(sum(sizes)), cluster = rep(letters[seq_along(sizes)], sizes))
items$quality <- rnorm(nrow(items), 0.2, 0.8)
verdicts <- do.call(rbind, lapply(seq_len(nrow(items)), function(i) {
  repeats <- sample(2:4, 2, replace = TRUE)
  order <- rep(0:1, repeats)
  latent <- items$quality[i] + ifelse(order == 0, 0.3, -0.3) + rnorm(length(order), 0, 0.5)
  data.frame(
    item = i, cluster = items$cluster[i], order = order, sample = c(seq_len(repeats[1]), seq_len(repeats[2])),
    value = ifelse(latent > 0.25, 1, ifelse(latent < -0.25, 0, 0.5))
  )
}))
verdicts <- verdicts[sample(nrow(verdicts)), ]

of_item <- function(i) {
  mine <- verdicts[verdicts$item == i, ]
  a <- mine$value[mine$order == 0]
  b <- mine$value[mine$order == 1]
  across <- outer(a, b, function(x, y) abs(x - y))
  within <- function(v) mean(combn(v, 2, function(pair) pair[1] != pair[2]))
  modal <- function(v) max(table(v)) / length(v)
  first <- mine$value[mine$order == 0][which.min(mine$sample[mine$order == 0])]
  second <- mine$value[mine$order == 1][which.min(mine$sample[mine$order == 1])]
  c(
    position = mean(a) - mean(b), flip = mean(across > 0), reversal = mean(across == 1),
    floor = (within(a) + within(b)) / 2, modal = (modal(a) + modal(b)) / 2, first = first, second = second,
    score = (mean(a) + mean(b)) / 2
  )
}
figures <- cbind(items, t(sapply(items$item, of_item)))
figures$excess <- figures$flip - figures$floor
interval <- function(name, rows = figures) {
  fit <- lm(as.formula(paste(name, "~ 1")), data = rows)
  answer <- conf_int(fit, vcov = "CR2", cluster = rows$cluster, level = 0.95)
  list(value = answer$beta, se = answer$SE, df = answer$df, low = answer$CI_L, high = answer$CI_U)
}
names <- c("position", "flip", "reversal", "floor", "modal", "excess")
band <- cut(abs(figures$score - 0.5), c(-1, 1 / 6 - 1e-9, 1 / 3 - 1e-9, 1), labels = FALSE)
first_both <- sum(figures$first == 1 & figures$second == 0)
second_both <- sum(figures$first == 0 & figures$second == 1)
cat(toJSON(list(
  versions = list(R = R.version$version.string, clubSandwich = as.character(packageVersion("clubSandwich"))),
  verdicts = as.list(verdicts),
  figures = sapply(names, interval, simplify = FALSE),
  table = unname(unclass(table(factor(figures$first, c(0, 0.5, 1)), factor(figures$second, c(0, 0.5, 1))))),
  first_both = first_both, second_both = second_both,
  mcnemar = binom.test(first_both, first_both + second_both)$p.value,
  bands = lapply(1:3, function(at) list(n = sum(band == at), flip = mean(figures$flip[band == at])))
), digits = NA, auto_unbox = TRUE, pretty = TRUE))
