# Kappa by epiR and the delete-one-cluster jackknife by survey, on Fisher's z scale.
# Rscript tests/analysis/references/agreement.R > tests/analysis/references/agreement.json
suppressMessages({library(epiR); library(survey); library(jsonlite)})

set.seed(20261128)
sizes <- c(1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16)
cluster <- rep(seq_along(sizes), sizes)
n <- length(cluster)
truth <- sample(1:3, n, replace = TRUE, prob = c(.5, .3, .2))
skill <- rbeta(length(sizes), 6, 2)[cluster]
first <- ifelse(runif(n) < .9, truth, sample(1:3, n, replace = TRUE))
second <- ifelse(runif(n) < skill, truth, sample(1:3, n, replace = TRUE))

shares <- function(w, data) {
  table <- matrix(0, 3, 3)
  for (i in seq_along(w)) {
    a <- data$first[i]; b <- data$second[i]
    table[a, b] <- table[a, b] + w[i]
  }
  table / sum(table)
}
kappa <- function(p) {
  chance <- sum(rowSums(p) * colSums(p))
  (sum(diag(p)) - chance) / (1 - chance)
}
ac1 <- function(p) {
  mean_share <- (rowSums(p) + colSums(p)) / 2
  chance <- sum(mean_share * (1 - mean_share)) / (nrow(p) - 1)
  (sum(diag(p)) - chance) / (1 - chance)
}

data <- data.frame(first, second, cluster)
design <- as.svrepdesign(svydesign(ids = ~cluster, weights = ~1, data = data), type = "JK1",
                         mse = FALSE)
df <- length(sizes) - 1
jackknife <- function(coefficient, move, back) {
  z <- withReplicates(design, function(w, data) move(coefficient(shares(w, data))))
  value <- as.numeric(z); error <- as.numeric(SE(z))
  list(value = back(value), low = back(value - qt(.975, df) * error),
       high = back(value + qt(.975, df) * error), p = 2 * pt(-abs(value / error), df))
}
counts <- unclass(table(factor(first, 1:3), factor(second, 1:3)))
cat(toJSON(list(
  versions = list(R = R.version.string, epiR = as.character(packageVersion("epiR")),
                  survey = as.character(packageVersion("survey"))),
  first = first, second = second, cluster = cluster, table = unname(counts),
  epir_kappa = epi.kappa(counts, method = "cohen")$kappa$est,
  kappa = jackknife(kappa, atanh, tanh), ac1 = jackknife(ac1, atanh, tanh),
  plain_kappa = jackknife(kappa, identity, identity)
), digits = NA, auto_unbox = TRUE), "\n")
