# Model x set interaction of lm with clubSandwich: every pair of models, and the HTZ test of none.
# Rscript tests/analysis/references/interactions.R > tests/analysis/references/interactions.json
suppressMessages(library(clubSandwich))
library(jsonlite)

set.seed(7)
sessions <- paste0("s", 1:16)
items <- do.call(rbind, lapply(c("strong", "suboptimal"), function(set) {
  present <- if (set == "strong") sessions[1:13] else sessions[4:16]
  session <- rep(present, 1 + rpois(length(present), 2))
  data.frame(set = set, session = session, difficulty = rnorm(length(session), 0, 0.2))
}))
random <- setNames(rnorm(16, 0, 0.15), sessions)
models <- c("alder", "birch", "cedar")
rows <- do.call(rbind, lapply(seq_along(models), function(m) {
  mean <- 0.35 + 0.2 * (items$set == "suboptimal") * m / 2 + 0.05 * m + random[items$session] + items$difficulty
  data.frame(model = models[m], set = items$set, session = items$session,
             score = round(4 * pmin(1, pmax(0, mean + rnorm(nrow(items), 0, 0.25)))) / 4)
}))
# One model lacks some items.
rows <- rows[!(rows$model == "cedar" & seq_len(nrow(rows)) %% 5 == 0), ]
rows$model <- factor(rows$model)
rows$set <- factor(rows$set)

fit <- lm(score ~ model * set, data = rows)
V <- vcovCR(fit, cluster = rows$session, type = "CR2")
pairs <- rbind(c(0, 0, 0, 0, 1, 0), c(0, 0, 0, 0, 0, 1), c(0, 0, 0, 0, -1, 1))
lines <- linear_contrast(fit, vcov = V, contrasts = pairs, level = 0.95)
wald <- Wald_test(fit, constraints = pairs[1:2, ], vcov = V, test = "HTZ")
cat(toJSON(list(
  versions = list(clubSandwich = as.character(packageVersion("clubSandwich"))),
  data = lapply(as.list(rows), function(column) if (is.factor(column)) as.character(column) else column),
  pairs = list(value = lines$Est, se = lines$SE, df = lines$df, low = lines$CI_L, high = lines$CI_U),
  joint = list(F = wald$Fstat, df_num = wald$df_num, df_denom = wald$df_denom, p = wald$p_val)
), digits = NA, auto_unbox = TRUE, pretty = TRUE))
