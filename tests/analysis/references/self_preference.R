# The same-family coefficient with CR2 and Satterthwaite df by clubSandwich.
# Rscript tests/analysis/references/self_preference.R > tests/analysis/references/self_preference.json
suppressMessages(library(clubSandwich))
library(jsonlite)

set.seed(20261128)
sizes <- c(1, 2, 2, 3, 4, 5, 6, 7)
items <- data.frame(item = seq_len(sum(sizes)), cluster = rep(letters[seq_along(sizes)], sizes))
rows <- merge(merge(items, data.frame(model = c("m1", "m2", "m3"))), data.frame(judge = c("j1", "j2")))
rows$same <- as.numeric((rows$model == "m1" & rows$judge == "j1") | (rows$model == "m2" & rows$judge == "j2"))
effect <- rnorm(nrow(items), 0, 0.15)[rows$item]
mean <- 0.4 + c(m1 = 0, m2 = 0.1, m3 = -0.1)[rows$model] + c(j1 = 0, j2 = 0.08)[rows$judge] + 0.12 * rows$same
rows$score <- round(4 * pmin(1, pmax(0, mean + effect + rnorm(nrow(rows), 0, 0.2)))) / 4
rows$people <- round(4 * pmin(1, pmax(0, mean - 0.12 * rows$same + effect + rnorm(nrow(rows), 0, 0.15)))) / 4
rows <- rows[sample(nrow(rows)), ]
rows <- rows[-(1:7), ] # not every judge scored everything
rows$people[sample(nrow(rows), 70)] <- NA
rownames(rows) <- NULL

answer <- function(fit, data) {
  found <- conf_int(fit, vcov = "CR2", cluster = data$cluster, level = 0.95)
  last <- found[found$Coef == "same", ]
  test <- coef_test(fit, vcov = "CR2", cluster = data$cluster, test = "Satterthwaite")
  list(value = last$beta, se = last$SE, df = last$df, low = last$CI_L, high = last$CI_U, p = test$p_Satt[found$Coef == "same"])
}
labelled <- rows[!is.na(rows$people), ]
labelled$difference <- labelled$score - labelled$people
cat(toJSON(list(
  versions = list(R = R.version$version.string, clubSandwich = as.character(packageVersion("clubSandwich"))),
  data = as.list(rows),
  crossed = answer(lm(score ~ model + judge + same, data = rows), rows),
  people = answer(lm(difference ~ judge + same, data = labelled), labelled)
), digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE))
