package round

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
)

// ErrForeignProgram is the reason of a [chain.AccountError] if an older program
// with other rules is at the program's address. Its rounds can be read, but
// nothing is sent to them.
var ErrForeignProgram = errors.New("not the program that this SDK is for")

// layout is the generated type of an account or event.
type layout[T any] interface {
	*T
	Unmarshal([]byte) error
}

// decode reads the generated type T. Bytes after its last field are ignored.
func decode[T any, P layout[T]](kind string, address solana.PublicKey, discriminator [8]byte, data []byte) (*T, error) {
	fail := func(reason error) (*T, error) {
		return nil, &chain.AccountError{Kind: kind, Address: address, Reason: reason}
	}
	if len(data) < len(discriminator) {
		return fail(chain.ErrShortAccount)
	}
	if [8]byte(data) != discriminator {
		return fail(chain.ErrWrongType)
	}
	value := new(T)
	if err := P(value).Unmarshal(data[len(discriminator):]); err != nil {
		return fail(fmt.Errorf("%w: %w", chain.ErrShortAccount, err))
	}
	return value, nil
}

// text is a string in a fixed field.
func text(field [64]byte, length uint8) (string, error) {
	if int(length) > len(field) {
		return "", fmt.Errorf("%w: a text of %d bytes in a field of %d", chain.ErrBadAccount, length, len(field))
	}
	return string(field[:length]), nil
}

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

// unix is a time in an account; 0 stands for none.
func unix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// duration is a number of seconds in an account, clamped to what a Duration holds.
func duration(seconds int64) time.Duration {
	const most = math.MaxInt64 / int64(time.Second)
	return time.Duration(min(max(seconds, -most), most)) * time.Second
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }
