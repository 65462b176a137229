# The anaesthesia data (Dawid and Skene 1979, Table 1) with the class shares that the paper prints,
# and an EM written out in probabilities, patient by patient.
# Rscript tests/analysis/references/dawid_skene.R > tests/analysis/references/dawid_skene.json
library(jsonlite)

# 45 patients; three answers of observer 1, then one each of observers 2 to 5.
answers <- strsplit(strsplit(paste(
  "1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343",
  "1111111 2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222",
  "1111111 1111111 2322222 1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343",
  "2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222"
), " ")[[1]], "")
observer <- c(1, 1, 1, 2, 3, 4, 5)
answers <- lapply(answers, as.integer)

em <- function(smoothing) {
  T <- t(sapply(answers, function(a) tabulate(a, 4) / 7))
  for (round in 1:5000) {
    prior <- colMeans(T)
    error <- array(smoothing, c(5, 4, 4))
    for (i in 1:45) for (q in 1:7) for (c in 1:4) {
      error[observer[q], c, answers[[i]][q]] <- error[observer[q], c, answers[[i]][q]] + T[i, c]
    }
    for (j in 1:5) for (c in 1:4) error[j, c, ] <- error[j, c, ] / sum(error[j, c, ])
    new <- T
    for (i in 1:45) {
      for (c in 1:4) {
        new[i, c] <- prior[c]
        for (q in 1:7) new[i, c] <- new[i, c] * error[observer[q], c, answers[[i]][q]]
      }
      new[i, ] <- new[i, ] / sum(new[i, ])
    }
    moved <- max(abs(new - T))
    T <- new
    if (moved < 1e-13) break
  }
  list(prior = colMeans(T), confusion = error, posterior = T)
}
cat(toJSON(list(
  versions = list(R = R.version$version.string),
  answers = answers, observer = observer,
  published = c(0.40, 0.42, 0.11, 0.07),
  smoothed = em(0.01)
), digits = NA, auto_unbox = TRUE))
