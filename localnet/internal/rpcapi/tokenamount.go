package rpcapi

import (
	"math"
	"strconv"
	"strings"
)

// uiAmount is an amount of tokens as Agave shows it.
type uiAmount struct {
	UIAmount       *float64 `json:"uiAmount"` // null where 10^decimals has more than 64 bits
	Decimals       uint8    `json:"decimals"`
	Amount         string   `json:"amount"`
	UIAmountString string   `json:"uiAmountString"`
}

func showAmount(amount uint64, decimals uint8) uiAmount {
	out := uiAmount{Decimals: decimals, Amount: strconv.FormatUint(amount, 10), UIAmountString: decimalString(amount, int(decimals))}
	if decimals <= 19 {
		ui := float64(amount) / math.Pow10(int(decimals))
		out.UIAmount = &ui
	}
	return out
}

// decimalString divides by 10^decimals, without zeros at the end: 1500000 with
// 6 decimals is "1.5".
func decimalString(amount uint64, decimals int) string {
	digits := strconv.FormatUint(amount, 10)
	if decimals == 0 {
		return digits
	}
	if missing := decimals + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - decimals
	return strings.TrimRight(strings.TrimRight(digits[:point]+"."+digits[point:], "0"), ".")
}
