package app

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/decloud-sdk/decloud-go/rating"
)

// lamportDigits are the decimals of a SOL.
const lamportDigits = 9

// ParseSOL reads an amount of SOL, exactly, in lamports: "0.5" is 500,000,000.
func ParseSOL(text string) (uint64, error) {
	n, err := decimal(text, lamportDigits)
	if err != nil {
		return 0, fmt.Errorf("an amount of SOL is wanted, such as 0.5: %w", err)
	}
	return n, nil
}

// FormatSOL shows lamports as SOL, exactly and without trailing zeros: "0.5".
func FormatSOL(lamports uint64) string { return format(lamports, lamportDigits) }

// ParseStars reads a rating, 1 to 5 stars in steps of a hundredth.
func ParseStars(text string) (rating.Stars, error) {
	n, err := decimal(strings.TrimSpace(strings.TrimSuffix(text, "★")), 2)
	if err == nil && (n < uint64(rating.Floor) || n > uint64(rating.Cap)) {
		err = errors.New("out of range")
	}
	if err != nil {
		return 0, fmt.Errorf("a rating from 1.0 to 5.0 stars is wanted: %w", err)
	}
	return rating.Stars(n), nil
}

// decimal reads a number of at most so many decimals, as a count of its last
// one. An exponent is understood, since other programs write small numbers so.
func decimal(text string, digits int) (uint64, error) {
	mantissa, power, scientific := strings.Cut(strings.ToLower(strings.TrimSpace(text)), "e")
	exponent := digits
	if scientific {
		e, err := strconv.Atoi(power)
		if err != nil || e < -30 || e > 30 {
			return 0, errors.New("not a number in range")
		}
		exponent += e
	}
	if mantissa == "" || len(mantissa) > 40 || strings.Trim(mantissa, "0123456789.") != "" || strings.Trim(mantissa, ".") == "" {
		return 0, errors.New("not a positive number")
	}
	n, ok := new(big.Rat).SetString(mantissa)
	if !ok {
		return 0, errors.New("not a number")
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent >= 0 {
		n.Mul(n, new(big.Rat).SetInt(scale))
	} else {
		n.Quo(n, new(big.Rat).SetInt(scale))
	}
	switch {
	case !n.IsInt():
		return 0, fmt.Errorf("more than %d decimals", digits)
	case !n.Num().IsUint64():
		return 0, errors.New("too large")
	}
	return n.Num().Uint64(), nil
}

// format is the inverse of decimal.
func format(n uint64, digits int) string {
	text := fmt.Sprintf("%0*d", digits+1, n)
	whole, rest := text[:len(text)-digits], strings.TrimRight(text[len(text)-digits:], "0")
	if rest == "" {
		return whole
	}
	return whole + "." + rest
}
