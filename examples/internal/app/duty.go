package app

import (
	"fmt"

	"github.com/gagliardetto/solana-go"
)

// Duty tells of something that anybody may do in a round, and that a worker did, by the kind of its event.
func Duty(kind string, slashed solana.PublicKey, settled int) string {
	switch kind {
	case "finalized":
		return "finalized the round: its deadline was over"
	case "slashed":
		return fmt.Sprintf("slashed %s for a score that was an outlier, or was never revealed", slashed)
	case "drawn":
		return "drew the committee of a sealed round"
	}
	return fmt.Sprintf("settled %d ratings that were left open", settled)
}
