# The American League of 1987 (Agresti 1990, Table 10.5) by BradleyTerry2, with and without home
# advantage; clustered errors by sandwich::vcovCL on the same model as a plain glm.
suppressMessages({library(BradleyTerry2); library(sandwich); library(jsonlite)})
data(baseball)
teams <- levels(baseball$home.team)
baseball$home.team <- data.frame(team = baseball$home.team, at.home = 1)
baseball$away.team <- data.frame(team = baseball$away.team, at.home = 0)
tight <- list(epsilon = 1e-14, maxit = 100)
plain <- BTm(cbind(home.wins, away.wins), home.team, away.team, ~ team, id = "team", data = baseball,
             refcat = "Baltimore", control = tight)
home <- update(plain, formula = ~ team + at.home)
fitted <- function(fit) list(
  names = sub("^team", "", names(coef(fit))), value = unname(coef(fit)),
  error = unname(sqrt(diag(vcov(fit))))
)
games <- do.call(rbind, lapply(seq_len(nrow(baseball)), function(row) {
  wins <- baseball$home.wins[row]
  losses <- baseball$away.wins[row]
  data.frame(home = as.character(baseball$home.team$team[row]), away = as.character(baseball$away.team$team[row]),
             score = rep(c(1, 0), c(wins, losses)))
}))
games$cluster <- rep(1:30, length.out = nrow(games))
design <- sapply(setdiff(teams, "Baltimore"), function(t) (games$home == t) - (games$away == t))
design <- cbind(design, at.home = 1)
fit <- glm(games$score ~ 0 + design, family = binomial, control = tight)
clustered <- vcovCL(fit, cluster = games$cluster, type = "HC0", cadjust = TRUE)
cat(toJSON(list(
  versions = list(R = as.character(getRversion()), BradleyTerry2 = as.character(packageVersion("BradleyTerry2")),
                  sandwich = as.character(packageVersion("sandwich"))),
  games = as.list(games), plain = fitted(plain), home = fitted(home),
  clustered = list(names = colnames(design), error = unname(sqrt(diag(clustered))))
), digits = NA, auto_unbox = TRUE))
