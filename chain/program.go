package chain

import (
	"sync"

	"github.com/gagliardetto/solana-go"
)

// Program tells a client what a program's error codes mean.
type Program struct {
	ID   solana.PublicKey // its address
	Name string           // for messages, such as "round"
	// Errors returns the error that a code means, for errors.Is; nil for an
	// unknown code. A program that follows Anchor's conventions falls back on
	// [AnchorError].
	Errors func(code uint32) error
}

// Register tells the client what the error codes of programs mean. It replaces a
// program that was registered before. The system and the SPL Token program are
// known from the start. The system program, whose address is the zero key, cannot
// be replaced, so that forgetting an ID does not change the meaning of its codes.
func (c *Client) Register(programs ...Program) { c.programs.add(programs...) }

// registry holds the programs that a client knows, safe for concurrent use.
type registry struct {
	mu    sync.Mutex
	known map[solana.PublicKey]Program
}

func (r *registry) add(programs ...Program) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = map[solana.PublicKey]Program{}
	}
	for _, p := range programs {
		if _, taken := r.known[p.ID]; !taken || p.ID != solana.SystemProgramID {
			r.known[p.ID] = p
		}
	}
}

func (r *registry) get(id solana.PublicKey) (Program, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.known[id]
	return p, ok
}
