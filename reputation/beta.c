/* The quantile of the Beta distribution, by Newton's method on the regularised incomplete beta
 * function, which is computed as its continued fraction (Abramowitz & Stegun 26.5.8, by Lentz's
 * method). */
#include <math.h>

#include "reputation/trust.h"

enum { FRACTION_STEPS = 200, STEPS_MAX = 60 };

/* A denominator that must not be zero. */
static double not_zero(double value)
{
	return fabs(value) < 1e-300 ? 1e-300 : value;
}

static double fraction(double x, double a, double b)
{
	double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), value = d;

	for (int m = 1; m <= FRACTION_STEPS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

		d = 1 / not_zero(1 + even * d);
		c = not_zero(1 + even / c);
		value *= d * c;
		d = 1 / not_zero(1 + odd * d);
		c = not_zero(1 + odd / c);
		value *= d * c;
		if (fabs(d * c - 1) < 1e-10)
			break;
	}
	return value;
}

static double cumulative(double x, double a, double b)
{
	if (x <= 0 || x >= 1)
		return x >= 1;
	double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x));

	if (x < (a + 1) / (a + b + 2))
		return front * fraction(x, a, b) / a;
	return 1 - front * fraction(1 - x, b, a) / b;
}

double trust_beta_quantile(double p, double alpha, double beta)
{
	double low = 0, high = 1, x = alpha / (alpha + beta);
	double constant = lgamma(alpha + beta) - lgamma(alpha) - lgamma(beta);

	for (int i = 0; i < STEPS_MAX && high - low > 1e-12; i++) {
		double error = cumulative(x, alpha, beta) - p;

		*(error < 0 ? &low : &high) = x;
		/* Newton's step; where that leads out, half of what is left */
		double slope = exp(constant + (alpha - 1) * log(x) + (beta - 1) * log1p(-x));
		double next = x - error / slope;
		if (fabs(next - x) < 1e-12)
			break;
		x = next > low && next < high ? next : (low + high) / 2;
	}
	return x;
}
