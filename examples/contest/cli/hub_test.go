package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/internal/hubtest"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/storage/huggingface"
	"github.com/decloud-sdk/decloud-go/trainer"
)

// What is wrong with a repository is said before anything is submitted, and what to do about it.
func TestDataOnTheHub(t *testing.T) {
	hub := hubtest.Start()
	t.Cleanup(hub.Close)
	hub.AddToken("hf_s3cr3t", true)
	whole := map[string][]byte{"data.json": []byte("{}"), "data.jsonl": []byte("{}")}
	hub.Put("alice/empty", false, nil)
	hub.Put("alice/rows", false, map[string][]byte{"data.jsonl": []byte("{}")})
	hub.Put("alice/csv", false, map[string][]byte{"my.csv": []byte("a")})
	hub.Put("alice/secret", true, whole)
	hub.Put("alice/open", false, whole)
	for _, c := range []struct {
		repo, token string
		alone       bool
		want        string // empty: it is taken
	}{
		{"alice/none", "hf_s3cr3t", true, "there is no such data set"},
		{"alice/empty", "", true, "it is empty: put your data there with decloud-contest miner --netuid … --dataset_path PATH --hf_repo_id alice/empty"},
		{"alice/rows", "", true, "hf download alice/rows --repo-type dataset --local-dir rows, and then decloud-contest miner --netuid … --dataset_path rows/data.jsonl --hf_repo_id"},
		{"alice/csv", "", true, "its newest commit is no submission"},
		{"alice/secret", "", true, "for a private one set HF_TOKEN"},
		{"alice/open", "hf_wr0ng", true, "make a new one at"},
		{"alice/secret", "hf_s3cr3t", true, "make it public"},
		{"alice/secret", "hf_s3cr3t", false, ""},
		{"alice/open", "hf_s3cr3t", true, ""},
	} {
		o := huggingface.Options{Endpoint: hub.API.URL, Token: storage.NewSecret(c.token)}
		rows, err := huggingface.New(c.repo, o)
		require.NoError(t, err)
		t.Cleanup(rows.CloseIdle)
		_, err = hubData{trainer.FromHub(rows), &app.Call{App: App()}, c.repo, o, c.alone}.Newest(t.Context(), nil)
		if c.want == "" {
			require.NoError(t, err, "%v", c)
			continue
		}
		require.ErrorContains(t, err, c.want, "%v", c)
		require.NotRegexp(t, "hf_(s3|wr)", err.Error())
	}
}
