/* combine: counts → probability of a token → probability of a message. Robinson's f(w) and Fisher's
 * inverse chi-square as SpamAssassin has them (Plugin/Bayes.pm, Bayes/CombineChi.pm); the order of
 * operations matters to the last bit and is the same. */
#include <math.h>

#include "plugins/Bayes/bayes.h"

static const double robinson_s = 0.030, robinson_x = 0.538, min_strength = 0.346;

bool token_probability(const struct token_record *record, const struct bayes_totals *totals,
		       bool use_hapaxes, double *probability_out)
{
	double s = record->spam, n = record->ham, seen = s + n, raw;

	if (!totals->spam || !totals->ham || seen < (use_hapaxes ? 1 : 2))
		return false;
	raw = s * (double)totals->ham / (n * (double)totals->spam + s * (double)totals->ham);
	*probability_out = (robinson_x * robinson_s + seen * raw) / (robinson_s + seen);
	return true;
}

bool token_is_significant(double probability)
{
	return fabs(probability - 0.5) >= min_strength;
}

/* The chance that chi-square with 2 * half_v degrees of freedom is at least x2. */
static double chi2q(double x2, size_t half_v)
{
	double m = x2 / 2.0, term = exp(0 - m), sum = term;

	for (size_t i = 1; i < half_v; i++) {
		term *= m / (double)i;
		sum += term;
	}
	return sum < 1.0 ? sum : 1.0;
}

/* A product of many small factors, its exponent kept apart. */
struct product {
	double mantissa;
	long exponent;
};

static void multiply(struct product *product, double factor)
{
	int exponent;

	product->mantissa *= factor;
	if (product->mantissa < 1e-200) {
		product->mantissa = frexp(product->mantissa, &exponent);
		product->exponent += exponent;
	}
}

static double log_of(const struct product *product)
{
	return log(product->mantissa) + (double)product->exponent * log(2);
}

bool probabilities_combine(const struct bayes_totals *totals, const double *probabilities, size_t n,
			   double *score_out)
{
	double all = (double)(totals->spam + totals->ham), s, h;
	struct product spam, ham;

	if (!n || all == 0)
		return false;
	spam = (struct product){(double)totals->spam / all, 0};
	ham = (struct product){(double)totals->ham / all, 0};
	for (size_t i = 0; i < n; i++) {
		multiply(&spam, 1.0 - probabilities[i]);
		multiply(&ham, probabilities[i]);
	}
	s = 1.0 - chi2q(-2.0 * log_of(&spam), n);
	h = 1.0 - chi2q(-2.0 * log_of(&ham), n);
	*score_out = (s - h + 1.0) / 2.0;
	return true;
}

/* The count na of the other side at which f(w) crosses into the grey is the root of a quadratic:
 * a·x² + b·x + c with x = s + na. */
long declassification_distance(const struct bayes_totals *totals, const struct token_record *record,
			       double probability, bool use_hapaxes)
{
	bool spammy = probability > 0.5;
	double big_a = (double)(spammy ? totals->ham : totals->spam),
	       big_b = (double)(spammy ? totals->spam : totals->ham),
	       na = spammy ? record->ham : record->spam, nb = spammy ? record->spam : record->ham;
	double p = 0.5 - min_strength, sx = robinson_s * robinson_x;
	double a, b, c, discriminant, distance;

	if (na + nb < (use_hapaxes ? 1 : 2) || !totals->spam || !totals->ham ||
	    !token_is_significant(probability))
		return 0;
	a = big_b * (1 - p);
	b = big_b * (sx + nb * (1 - p) - p * robinson_s) - p * big_a * nb;
	c = big_a * nb * (sx - p * (robinson_s + nb));
	discriminant = b * b - 4 * a * c;
	distance = 1.0 - 1e-6 + (-b + sqrt(discriminant < 0 ? 0 : discriminant)) / (2 * a) - na;
	return distance < 1 ? 1 : (long)distance;
}
