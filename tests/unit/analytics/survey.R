# What R's survey package says of the 60 rows in survey.csv; `Rscript survey.R > survey.txt` in this folder.
suppressPackageStartupMessages(library(survey))
options(digits = 17, width = 120)
say <- function(name, ...) cat(name, format(c(...), digits = 17), "\n")

rows <- read.csv("survey.csv")
rows$known <- as.numeric(!is.na(rows$amount))
rows$filled <- ifelse(is.na(rows$amount), 0, rows$amount)
rows$one <- 1
design <- svydesign(ids = ~1, strata = ~stratum, fpc = ~size, data = rows)

cat("# R", as.character(getRversion()), "survey", as.character(packageVersion("survey")), "\n")
say("degf", degf(design))
t <- svytotal(~filled + points, design)
say("total.filled", coef(t)[["filled"]], SE(t)[[1]])
say("total.points", coef(t)[["points"]], SE(t)[[2]])
m <- svymean(~points, design)
say("mean.points", coef(m)[["points"]], SE(m)[[1]])
r <- svyratio(~filled, ~known, design)
say("mean.amount", coef(r)[[1]], SE(r)[[1]])

for (what in c("one", "filled", "points")) {
  by <- svyby(as.formula(paste0("~", what)), ~domain, design, svytotal)
  for (g in rownames(by)) say(paste0("total.", what, ".", g), by[g, what], by[g, "se"])
}
by <- svyby(~points, ~domain, design, svymean)
for (g in rownames(by)) say(paste0("mean.points.", g), by[g, "points"], by[g, "se"])
by <- svyby(~filled, ~domain, denominator = ~known, design, svyratio)
for (g in rownames(by)) say(paste0("mean.amount.", g), by[g, 2], by[g, 3])

# Satterthwaite's degrees of freedom are not in the package: from its own variances, stratum by stratum.
satterthwaite <- function(z) {
  parts <- sapply(split(seq_along(z), rows$stratum), function(at) {
    n <- length(at); size <- rows$size[at[1]]
    c(size * (size - n) / n * var(z[at]), n - 1)
  })
  sum(parts[1, ])^2 / sum(parts[1, ]^2 / parts[2, ])
}
say("df.filled", satterthwaite(rows$filled))
for (g in sort(unique(rows$domain))) say(paste0("df.filled.", g), satterthwaite(rows$filled * (rows$domain == g)))

# Quantiles: survey's interval is about the share at or below the estimate, with degf degrees of freedom; Woodruff's own
# is about the quantile's nominal share. Both are given, the second with Satterthwaite's degrees of freedom of the share.
quantile <- function(name, sub, inside, p) {
  q <- svyquantile(~points, sub, p, interval.type = "mean", qrule = "math")[[1]]
  say(paste0("quantile.", name), q[1, c("quantile", "ci.2.5", "ci.97.5")])
  share <- svymean(~I(as.numeric(points <= q[1, 1])), sub)
  df <- satterthwaite(ifelse(inside, (rows$points <= q[1, 1]) - coef(share)[[1]], 0))
  half <- qt(0.975, df) * SE(share)[[1]]
  ends <- sapply(c(p - half, p + half), function(s) {
    if (is.na(s) || s <= 0 || s >= 1) NA else survey:::qrule_math(sub$variables$points, weights(sub), s)
  })
  say(paste0("woodruff.", name), coef(share)[[1]], SE(share)[[1]], df, ends)
}
for (p in c(0.25, 0.5, 0.8)) {
  quantile(paste0("all.", p), design, rep(TRUE, nrow(rows)), p)
  for (g in sort(unique(rows$domain))) {
    quantile(paste0(g, ".", p), subset(design, domain == g), rows$domain == g, p)
  }
}
