package chain

import (
	"sync"

	"github.com/gagliardetto/solana-go"
)

// DeriveAddress is the address that a program derives from seeds (a PDA), with
// the canonical bump, the highest that works. Nobody has its key: only the program
// can sign for it.
//
// There may be at most 15 seeds of at most 32 bytes; with others, or if no bump
// works, which is as unlikely as guessing a private key, it is the zero key, which
// no program accepts in place of its account.
func DeriveAddress(program solana.PublicKey, seeds ...[]byte) solana.PublicKey {
	return derived.get(nameOf(program, seeds), func() solana.PublicKey {
		key, _, err := solana.FindProgramAddress(seeds, program)
		if err != nil {
			return solana.PublicKey{}
		}
		return key
	})
}

// derived remembers addresses. To derive one takes some 30 µs for each bump that is
// tried, and a worker derives the same ones at every look.
var derived addressCache

// nameOf is a text that no other program and seeds have.
func nameOf(program solana.PublicKey, seeds [][]byte) string {
	name := make([]byte, 0, 128)
	name = append(name, program[:]...)
	for _, s := range seeds {
		name = append(name, byte(min(len(s), 255)))
		name = append(name, s...)
	}
	return string(name)
}

// maxDerived is how many addresses each generation of the cache holds: some 6 MB for
// both.
const maxDerived = 1 << 14

// addressCache holds the addresses that were asked for last, in two generations: where
// the younger one is full, it takes the place of the older.
type addressCache struct {
	mu         sync.Mutex
	young, old map[string]solana.PublicKey
}

// get returns an address, and derives it where it is not known.
func (c *addressCache) get(name string, derive func() solana.PublicKey) solana.PublicKey {
	if key, ok := c.known(name); ok {
		return key
	}
	key := derive()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(name, key)
	return key
}

func (c *addressCache) known(name string) (solana.PublicKey, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if key, ok := c.young[name]; ok {
		return key, true
	}
	key, ok := c.old[name]
	if ok {
		c.put(name, key)
	}
	return key, ok
}

// put notes an address; c.mu is held.
func (c *addressCache) put(name string, key solana.PublicKey) {
	if c.young == nil || len(c.young) >= maxDerived {
		c.young, c.old = make(map[string]solana.PublicKey), c.young
	}
	c.young[name] = key
}

// ProgramDataAddress is the address where the upgradeable loader keeps a program's
// code and its upgrade authority.
func ProgramDataAddress(program solana.PublicKey) solana.PublicKey {
	return DeriveAddress(solana.BPFLoaderUpgradeableProgramID, program[:])
}
