package round

import (
	"errors"
	"fmt"

	"github.com/decloud-sdk/decloud-go/chain"
)

// ErrForeignProgram is the reason of a [chain.AccountError] if an older program
// with other rules is at the program's address. Its rounds can be read, but
// nothing is sent to them.
var ErrForeignProgram = errors.New("not the program that this SDK is for")

// accuracies are the first count values of an array in an account.
func accuracies(array [24]uint16, count uint8) ([]uint32, error) {
	if int(count) > len(array) {
		return nil, fmt.Errorf("%w: %d validations in an array of %d", chain.ErrBadAccount, count, len(array))
	}
	out := make([]uint32, count)
	for i := range out {
		out[i] = uint32(array[i])
	}
	return out, nil
}
