package member

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/run"
)

// ErrOtherRun means that the run's id belongs to a stranger's run now. A run that was
// closed leaves its id to whoever takes it.
var ErrOtherRun = errors.New("run/member: another run has taken the id")

// joined is the run that a member has joined under an id.
type joined struct {
	CreatedSlot uint64
	Authority   solana.PublicKey
}

// checkSame fails where the run is another one than this member joined before under the
// id, and of another authority: nobody's stake follows an id to a stranger. Otherwise
// it remembers the run.
func (w *Worker) checkSame(r *run.Run) error {
	path := filepath.Join(w.cfg.Dir, w.cfg.RunID+".json")
	now, was := joined{r.CreatedSlot, r.Authority}, joined{}
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &was)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("%s: %w: it says which run this member has joined", path, err)
	case was == now:
		return nil
	case was.CreatedSlot != now.CreatedSlot && was.Authority != now.Authority:
		return fmt.Errorf("%w: %s is a run of %s, and this member had joined one of %s: if you trust the new one, remove %s", ErrOtherRun, r.ID, r.Authority, was.Authority, path)
	}
	if b, err = json.Marshal(now); err != nil {
		return err
	}
	if err := os.MkdirAll(w.cfg.Dir, 0o755); err != nil {
		return err
	}
	return writeFile(path, b)
}
