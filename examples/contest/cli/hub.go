package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// hubData is a miner's data that is on the hub.
type hubData struct {
	trainer.Submissions
	call    *app.Call
	repo    string
	options huggingface.Options
	alone   bool // nothing is published anywhere else
}

// onHub is the data of --hf_repo_id.
func (m *mining) onHub(c *app.Call, cfg *config) (trainer.Submissions, error) {
	o, err := c.HubOptions(&cfg.Common)
	if err != nil {
		return nil, err
	}
	rows, err := huggingface.New(m.repo, o)
	if err != nil {
		return nil, fmt.Errorf("--hf_repo_id: %w", err)
	}
	return hubData{trainer.FromHub(rows), c, m.repo, o, c.CanPublish(&cfg.Common) != nil}, nil
}

// Newest implements trainer.Submissions.
func (h hubData) Newest(ctx context.Context, of *round.Round) (trainer.Revision, error) {
	r, err := h.Submissions.Newest(ctx, of)
	if err != nil {
		return r, fmt.Errorf("--hf_repo_id: %w", err)
	}
	if _, err := fs.Stat(r.Files, submission.ManifestFile); err != nil {
		return r, h.incomplete(r, err)
	}
	return r, h.public(ctx, r.Source)
}

// incomplete is the error of a commit without data.json. The rows alone are how such data is made elsewhere.
func (h hubData) incomplete(r trainer.Revision, err error) error {
	from := "PATH"
	if list, err := fs.ReadDir(r.Files, "."); err == nil && len(list) == 0 {
		return fmt.Errorf("--hf_repo_id %s: it is empty: put your data there with %s", h.repo, h.push(from))
	}
	if _, err := fs.Stat(r.Files, submission.LinesFile); err == nil {
		from = "rows/" + submission.LinesFile
	}
	return fmt.Errorf("--hf_repo_id %s: its newest commit is no submission (%w), whose %s says what the rows are; the miner writes it: hf download %s --repo-type dataset --local-dir rows, and then %s",
		h.repo, err, submission.ManifestFile, h.repo, h.push(from))
}

// push is the command that puts data on the hub.
func (h hubData) push(from string) string {
	return h.call.Command("miner --netuid … --dataset_path " + from + " --hf_repo_id " + h.repo)
}

// public fails where validators can fetch the commit from nowhere else, and not from there without the miner's token.
func (h hubData) public(ctx context.Context, source string) error {
	if !h.alone {
		return nil
	}
	o := h.options
	o.Token = huggingface.Options{}.Token
	anybody, err := huggingface.Open(source, o)
	if err != nil {
		return err
	}
	defer anybody.CloseIdle()
	for _, err := range anybody.ListFiles(ctx, cid.Undef) {
		if errors.Is(err, huggingface.ErrRepoNotFound) || errors.Is(err, huggingface.ErrGated) {
			return fmt.Errorf("--hf_repo_id %s: validators could not fetch it, since it is private or gated: make it public in its settings on the hub, or name another place to publish to (config)", h.repo)
		}
		return err
	}
	return nil
}
