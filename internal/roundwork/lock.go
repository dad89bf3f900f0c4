package roundwork

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/decloud-sdk/decloud-go/internal/dirlock"
	"github.com/decloud-sdk/decloud-go/round"
)

// ErrWalletInUse says that another worker on this machine has the same wallet and role.
var ErrWalletInUse = errors.New("another worker on this machine works with this wallet: stop that one, or give this one a wallet of its own")

// LockWallet keeps other workers of the same role, wallet and program on this machine out until unlock is called or the
// process ends. dir is where the locks are; by default in the user's cache directory. A user who cannot write there gets
// no lock.
func LockWallet(dir, role string, c *round.Client) (unlock func(), err error) {
	given := dir != ""
	if !given {
		dir = defaultLocks()
	}
	if dir == "" {
		return func() {}, nil
	}
	name := fmt.Sprintf("%s-%s-%s-%x", role, c.Wallet(), c.Addresses().Program, c.Chain().Network().Name)
	lock, err := dirlock.AcquireFile(filepath.Join(dir, name))
	if errors.Is(err, dirlock.ErrLocked) {
		return nil, fmt.Errorf("%s (%s): %w", c.Wallet(), role, ErrWalletInUse)
	}
	switch {
	case err == nil:
		return func() { lock.Close() }, nil
	case given:
		return nil, err
	}
	return func() {}, nil
}

// defaultLocks is a directory of the user; empty if the user has none.
func defaultLocks() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "decloud-workers")
}
