# p.adjust of base R, which leaves NA out of the family.
library(jsonlite)
p <- c(0.001, 0.04, NA, 0.03, 0.03, 0.2, 0.0007, NA, 0.9, 0.049, 1)
cat(toJSON(list(
  versions = list(R = as.character(getRversion())),
  p = p, holm = p.adjust(p, "holm"), bh = p.adjust(p, "BH")
), digits = NA, auto_unbox = TRUE, na = "null"))
