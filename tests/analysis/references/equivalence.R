# Two one-sided t tests by t.test of base R for items of their own, and from clubSandwich's CR2
# standard error and Satterthwaite degrees of freedom for items in clusters.
suppressMessages({library(clubSandwich); library(jsonlite)})
set.seed(3)
cluster <- rep(1:12, times = c(2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 9, 12))
difference <- sample(-4:4, length(cluster), replace = TRUE, prob = c(1, 1, 2, 4, 8, 4, 2, 1, 1)) / 8
margin <- 0.1
lower <- t.test(difference, mu = -margin, alternative = "greater")
upper <- t.test(difference, mu = margin, alternative = "less")
interval <- t.test(difference, conf.level = 0.9)$conf.int
fit <- lm(difference ~ 1)
found <- coef_test(fit, vcov = "CR2", cluster = cluster, test = "Satterthwaite")
df <- if (is.null(found$df_Satt)) found$df else found$df_Satt
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), clubSandwich = as.character(packageVersion("clubSandwich"))),
  cluster = cluster, difference = difference, margin = margin,
  single = list(p_lower = lower$p.value, p_upper = upper$p.value, interval = as.numeric(interval)),
  clustered = list(
    p_lower = pt((found$beta + margin) / found$SE, df, lower.tail = FALSE),
    p_upper = pt((found$beta - margin) / found$SE, df),
    interval = found$beta + c(-1, 1) * qt(0.95, df) * found$SE
  )
), digits = NA, auto_unbox = TRUE))
