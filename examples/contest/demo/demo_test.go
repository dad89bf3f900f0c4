package demo

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/examples/contest/demo/base"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// An epoch holds what it promises, and what does not is noticed; the figures that are drawn are those that are reported.
func TestEpoch(t *testing.T) {
	var story, out bytes.Buffer
	svg := filepath.Join(t.TempDir(), "scores.svg")
	require.NoError(t, Run(t.Context(), Options{Epochs: 1, Seed: 1, JSON: &out, SVG: svg, Out: &story}), "%s", &story)
	read := func() (r report) {
		require.NoError(t, json.Unmarshal(out.Bytes(), &r))
		return r
	}
	r := read()
	require.Len(t, r.Epochs, 1)
	require.Len(t, r.Epochs[0].Entries, len(castOf(Options{}))-1)
	require.NoError(t, r.check())
	drawn, err := os.ReadFile(svg)
	require.NoError(t, err)
	require.Equal(t, len(castOf(Options{}))-1, bytes.Count(drawn, []byte("<title>"))+bytes.Count(drawn, []byte(">×<")))
	for want, spoil := range map[string]func(r *report){
		"lamports went missing":         func(r *report) { r.Conservation.Holds = false },
		"jitterer taught nothing":       func(r *report) { r.Epochs[0].Entries[3].Name = jitterer },
		"clean taught nothing":          func(r *report) { r.Epochs[0].Entries[0].Paid = 0 },
		"careless is scored":            func(r *report) { r.Epochs[0].Entries[2].Score = 9_000 },
		"the leak is scored":            func(r *report) { r.Epochs[0].Entries[4].Score = 1 },
		"off-topic is paid 7":           func(r *report) { r.Epochs[0].Entries[3].Paid = 7 },
		"submits the public test, earn": func(r *report) { r.Miners[4].Earned = 1 },
		"the copy is scored":            func(r *report) { r.Epochs[0].Entries[1].Name = copier },
		"was not submitted":             func(r *report) { r.Epochs[0].Number = 2 },
	} {
		r := read()
		spoil(&r)
		require.ErrorContains(t, r.check(), want)
	}
}

func TestTaskIsOneOfThose(t *testing.T) {
	require.ErrorContains(t, Run(t.Context(), Options{Task: "chess"}), "want one of digits, text")
	require.ErrorContains(t, Run(t.Context(), Options{Task: "text", Holdout: true}), "no sealed test")
}

// said is all that is said in a conversation.
func said(c dataset.Conversation) string { return c.Turns[0].Content + " " + c.Turns[1].Content }

// Miners have the conversations that their roles say.
func TestConversationsOfMiners(t *testing.T) {
	subject := new(text)
	pkg, err := subject.prepare(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{testTalks, base.Context}, pkg.Embeddings.Shape)
	whole := map[string]bool{}
	for _, c := range talks(subject.sentences[base.Train]) {
		whole[said(c)] = true
	}
	right := func(list []dataset.Conversation) (n int) {
		for _, c := range list {
			if whole[said(c)] {
				n++
			}
		}
		return n
	}
	rows := func(miner string, epoch int) []dataset.Conversation {
		list, err := subject.rows(miner, epoch, 3)
		require.NoError(t, err)
		return list
	}
	require.Equal(t, mostTalks, right(rows(clean, 1)))
	require.Equal(t, 2*mostTalks/3, right(rows(careless, 1)))
	require.Len(t, rows(careless, 1), mostTalks)
	require.Len(t, rows(small, 1), fewTalks)
	require.Equal(t, rows(small, 1), rows(small, 2)[:fewTalks])
	require.Equal(t, 2*fewTalks, right(rows(small, 2)))
	require.Zero(t, right(rows(leaker, 1))+right(rows(offTopic, 1)))

	theirs, copied := filepath.Join(t.TempDir(), "clean"), filepath.Join(t.TempDir(), "copy")
	_, err = subject.write(theirs, clean, 1, 3)
	require.NoError(t, err)
	n, err := subject.copied(copied, os.DirFS(theirs), 3)
	require.NoError(t, err)
	require.Equal(t, mostTalks, n)
	back, err := submission.Read(os.DirFS(copied), subject.schema)
	require.NoError(t, err)
	same := 0
	for i, c := range rows(clean, 1) {
		if said(back.Dataset().(*dataset.ConversationSet).Conversation(i)) == said(c) {
			same++
		}
	}
	require.Equal(t, mostTalks-otherTalks, same)

	scored := report{Metric: "loss", Epochs: []epoch{{Base: 160, Entries: []result{{Name: clean, Score: 631}, {Name: leaker}}}}}
	require.Contains(t, scored.moral(), " base 4.135, clean 2.763.")
}
