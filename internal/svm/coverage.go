package svm

import (
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/internal/svm/sbpf"
)

// AllEdges returns every edge in the byte code of the program at id: see CoverEdges. It fails if there is no runnable
// program.
func (b *Bank) AllEdges(id solana.PublicKey) ([]sbpf.Edge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a := b.state.accounts[id]
	if a == nil || !a.Executable {
		return nil, fmt.Errorf("svm: no program at %s", id)
	}
	p := b.loaded((&execution{bank: b}).elf(&txAccount{Account: *a, key: id}))
	if p == nil {
		return nil, fmt.Errorf("svm: the program at %s cannot be run", id)
	}
	return p.AllEdges(), nil
}
