package chain

import (
	"sync"

	"github.com/gagliardetto/solana-go"
)

// Program is what a client has to know of a program in order to say what its
// error codes stand for.
type Program struct {
	ID   solana.PublicKey // its address
	Name string           // for messages, such as "round"
	// Errors gives the error that a code stands for, one to compare with by
	// errors.Is; nil for a code that is unknown. A program that follows Anchor's
	// conventions falls back on [AnchorError].
	Errors func(code uint32) error
}

// Register tells the client of programs, so that their refusals are errors that
// mean something. A program that was registered before is replaced. The system
// and the SPL Token program are known from the start; the former, whose address
// is the zero key, stays what it is, so that an ID that was forgotten does not
// give its codes another meaning.
func (c *Client) Register(programs ...Program) { c.programs.add(programs...) }

// registry is the programs that a client knows, safe for concurrent use.
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
