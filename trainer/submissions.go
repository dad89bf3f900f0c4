package trainer

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/decloud-sdk/decloud-go/round"
)

// Submissions gives what a trainer submits to data rounds: the newest revision of its data. It is
// asked once for each round, after the round was accepted, and again where the worker could
// not take what it gave.
type Submissions interface {
	Newest(ctx context.Context, r *round.Round) (Revision, error)
}

// Revision is data to submit to a round.
type Revision struct {
	// Files are laid out as package submission reads them
	// ([github.com/decloud-sdk/decloud-go/dataset/submission]). They are copied, so they may
	// change afterwards; where they change meanwhile, they are copied once more.
	Files fs.FS
	// Source is where the trainer keeps it, such as "hf:alice/flowers@" and a commit: 1 to
	// [round.MaxSource] visible ASCII characters. The worker says it on the chain (set_source),
	// which takes a rent that comes back, once the data was submitted, and in a sealed round
	// once it was published. Empty: what publishing it says where the store pushes to Hugging
	// Face, and nothing elsewhere.
	Source string
}

// Directory is the directory of a submission on this machine. It is read anew for each round,
// so what is there is submitted to every round: whoever changes it submits the change to the
// next one, and whoever does not submits the same again. It may be a clone of a repository:
// .git is not looked at, nor is .cache, which downloads from Hugging Face leave there.
type Directory string

// Newest implements [Submissions].
func (d Directory) Newest(context.Context, *round.Round) (Revision, error) {
	info, err := os.Stat(string(d))
	if err != nil {
		return Revision{}, err
	}
	if !info.IsDir() {
		return Revision{}, fmt.Errorf("%s is a file: name the directory that submission.Build has written", string(d))
	}
	return Revision{Files: clone{os.DirFS(string(d))}}, nil
}

// Hub keeps data in revisions. A data set of package huggingface is one.
type Hub interface {
	// Newest returns the files of the newest revision, which may be read while ctx is not done,
	// and where that is, as [Revision].Source has it.
	Newest(ctx context.Context) (files fs.FS, source string, err error)
}

// FromHub submits the newest revision of the data that a hub keeps to every round: what is pushed
// there goes to the next one, and what nobody changes to every one again. Nothing is pushed.
// Where the store publishes nowhere (storage.ErrNoPusher), the data is left where it is,
// and validators fetch it from there, which the worker says on the chain.
func FromHub(hub Hub) Submissions { return fromHub{hub} }

type fromHub struct{ hub Hub }

// Newest implements [Submissions].
func (h fromHub) Newest(ctx context.Context, _ *round.Round) (Revision, error) {
	files, source, err := h.hub.Newest(ctx)
	return Revision{Files: files, Source: source}, err
}

// clone is a directory without what tools keep in it for themselves.
type clone struct{ fs.FS }

// ReadDir implements [fs.ReadDirFS].
func (c clone) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(c.FS, name)
	if name == "." {
		all = slices.DeleteFunc(all, func(e fs.DirEntry) bool { return e.IsDir() && (e.Name() == ".git" || e.Name() == ".cache") })
	}
	return all, err
}
