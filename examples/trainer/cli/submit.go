package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// mining are the settings about data rounds, and what they name.
type mining struct {
	Submit   string `json:"submit"`
	DataOnly bool   `json:"data_only"`

	submit map[dataset.ID]trainer.Submissions
}

func (m *mining) settings() []app.Setting {
	return []app.Setting{
		{Key: "submit", Help: "data to submit to data rounds: `DATASET=DIRECTORY`, several with commas between (dataset/submission/FORMAT.md); its newest revision goes into every round, and is public then", Value: app.Text(&m.Submit, checkSubmit)},
		{Key: "data_only", Help: "take data rounds only, and train no heads", Value: app.Bool(&m.DataOnly)},
	}
}

// checkSubmit checks what needs no catalog of data sets.
func checkSubmit(text string) error {
	return eachSubmission(text, func(_, _ string) error { return nil })
}

// eachSubmission calls do with every data set that is named, and its directory.
func eachSubmission(text string, do func(name, dir string) error) error {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, dir, ok := strings.Cut(part, "=")
		if name, dir = strings.TrimSpace(name), strings.TrimSpace(dir); !ok || name == "" || dir == "" {
			return errors.New("expected DATASET=DIRECTORY, several with commas between, such as mnist=/data/digits")
		}
		if !filepath.IsAbs(dir) {
			return fmt.Errorf("%q depends on where the app is started: give the whole path", dir)
		}
		if err := do(name, dir); err != nil {
			return err
		}
	}
	return nil
}

// openSubmit finds the data sets that are submitted. A directory may come later, which is said.
func (c *config) openSubmit(call *app.Call) error {
	c.submit = map[dataset.ID]trainer.Submissions{}
	return eachSubmission(c.Submit, func(name, dir string) error {
		id, err := call.ParseDataset(&c.Common, name)
		if err != nil {
			return err
		}
		if c.submit[id] != nil {
			return app.Usagef("submit: %s has two directories", id)
		}
		if _, err := os.Stat(dir); err != nil {
			call.Note("nothing to submit for %s yet: %v", id, err)
		}
		c.submit[id] = trainer.Directory(dir)
		return nil
	})
}

// takesPart reports whether there is anything to submit to a round, or to train a head for it with.
func (c *config) takesPart(r *round.Round, data map[dataset.ID]dataset.Dataset) bool {
	id := dataset.ID(r.Dataset)
	if r.Task() == round.TaskData {
		return c.submit[id] != nil
	}
	return data[id] != nil
}

// policyFor is a policy that takes the round's task, if anything can be submitted to it: workers do so by themselves.
func (c *config) policyFor(p trainer.Policy, r *round.Round) trainer.Policy {
	if r.Task() == round.TaskData && c.submit[dataset.ID(r.Dataset)] != nil {
		p.Task = round.TaskData
	}
	return p
}

// submits names the data sets that are submitted.
func (c *config) submits() string {
	names := []string{}
	for _, id := range slices.Sorted(maps.Keys(c.submit)) {
		names = append(names, fmt.Sprintf("%s (%s)", id, c.submit[id]))
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
