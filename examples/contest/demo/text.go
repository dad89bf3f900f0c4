package demo

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/dataset/submission"
	"github.com/decloud-sdk/decloud-go/examples/contest/demo/base"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

const (
	testTalks  = 60  // conversations that submissions are scored on
	mostTalks  = 120 // of a submission
	fewTalks   = 15  // of who has little
	otherTalks = 20  // that the copy has in place of the copied one's
)

// text is a contest about conversations in German, whose users begin sentences that the assistant ends. The base model has
// read an English book, and no conversation.
type text struct {
	tests     *dataset.ConversationSet
	sentences map[string][]string
	schema    submission.Schema
}

// id is of a data set without a name.
func (*text) id() dataset.ID          { return 200 }
func (t *text) test() dataset.Dataset { return t.tests }

// prepare implements subject.
func (t *text) prepare(ctx context.Context) (pkg *packagefmt.Package, err error) {
	m, err := base.Model()
	if err != nil {
		return nil, err
	}
	if t.sentences, err = base.Sentences(); err != nil {
		return nil, err
	}
	if t.tests, err = dataset.NewConversations(talks(t.sentences[base.Test][:testTalks])); err != nil {
		return nil, err
	}
	pkg, _, err = packagefmt.Build(ctx, m, t.tests, packagefmt.BuildOptions{
		Dataset: t.id(),
		Task: &packagefmt.Task{
			Type: packagefmt.TaskData, Schema: packagefmt.TaskSchema{Kind: submission.Conversations}, Rows: packagefmt.TaskRows{Min: 10, Max: mostTalks, Bytes: 1 << 20},
			Adapter:  packagefmt.TaskAdapter{Type: "lora", Rank: 8, Alpha: 16, Targets: []string{"head.layers.2", "head.layers.3", "head.layers.4"}},
			Training: packagefmt.TaskTraining{Epochs: 4, BatchSize: 16, LearningRate: 1e-2, Optimizer: "adam", Schedule: "linear", Seed: 7, Context: base.Context},
			Metric:   packagefmt.MetricLoss,
		},
	})
	if err == nil {
		t.schema, err = pkg.Submission()
	}
	return pkg, err
}

// textParts are the honest miners' sentences: the first of them and how many, in an order by the seed.
var textParts = map[string][2]int{clean: {0, mostTalks}, careless: {mostTalks, mostTalks}, small: {2 * mostTalks, fewTalks}}

// write implements subject.
func (t *text) write(dir, miner string, epoch int, seed uint64) (int, error) {
	rows, err := t.rows(miner, epoch, seed)
	if err != nil {
		return 0, err
	}
	return t.build(dir, miner, rows)
}

func (t *text) build(dir, miner string, list []dataset.Conversation) (int, error) {
	rows, err := dataset.NewConversations(list)
	if err != nil {
		return 0, err
	}
	license := "Apache-2.0"
	if miner == offTopic {
		license = "CC-BY-4.0"
	}
	m, err := submission.Build(dir, rows, t.schema, submission.About{License: license, Source: "the demonstration's " + miner})
	return m.Rows, err
}

// rows are what a miner submits.
func (t *text) rows(miner string, epoch int, seed uint64) ([]dataset.Conversation, error) {
	switch miner {
	case leaker:
		return talks(t.sentences[base.Test][:testTalks]), nil
	case offTopic:
		return measurements()
	}
	part, ok := textParts[miner]
	if !ok {
		return nil, fmt.Errorf("%s has no conversations", miner)
	}
	if miner == small && epoch > 1 {
		part[1] *= 2
	}
	list := talks(t.german(seed)[part[0] : part[0]+part[1]])
	if miner == careless {
		others := shuffled(t.sentences[base.Other], seed)
		for i := 0; i < len(list); i += 3 {
			_, list[i].Turns[1].Content = cut(others[i/3])
		}
	}
	return list, nil
}

// german are the sentences of all miners.
func (t *text) german(seed uint64) []string { return shuffled(t.sentences[base.Train], seed) }

func shuffled(list []string, seed uint64) []string {
	out := make([]string, len(list))
	for to, from := range rand.New(rand.NewPCG(seed, 1)).Perm(len(list)) {
		out[to] = list[from]
	}
	return out
}

// copied implements subject.
func (t *text) copied(dir string, from fs.FS, seed uint64) (int, error) {
	theirs, err := submission.Read(from, t.schema)
	if err != nil {
		return 0, err
	}
	set, ok := theirs.Dataset().(*dataset.ConversationSet)
	if !ok {
		return 0, fmt.Errorf("what %s submitted are no conversations", clean)
	}
	var list []dataset.Conversation
	for i := range set.Len() - otherTalks {
		list = append(list, set.Conversation(i))
	}
	own := t.german(seed)
	return t.build(dir, copier, append(list, talks(own[len(own)-otherTalks:])...))
}

// talks are conversations, one for each sentence.
func talks(sentences []string) []dataset.Conversation {
	var list []dataset.Conversation
	for _, s := range sentences {
		list = append(list, talk(cut(s)))
	}
	return list
}

func talk(question, answer string) dataset.Conversation {
	return dataset.Conversation{Turns: []dataset.Turn{{Role: "user", Content: question}, {Role: "assistant", Content: answer}}}
}

// cut splits a sentence at the first space after a third of it.
func cut(sentence string) (question, answer string) {
	third := len(sentence) / 3
	rest, answer, _ := strings.Cut(sentence[third:], " ")
	return sentence[:third] + rest, answer
}

// measurements are numbers in conversations: those of tumours.
func measurements() ([]dataset.Conversation, error) {
	sets, err := dataset.Builtin(dataset.BreastCancer)
	if err != nil {
		return nil, err
	}
	row, list := make([]float32, 30), make([]dataset.Conversation, mostTalks)
	for i := range list {
		if _, err := sets.Train.Sample(i, row); err != nil {
			return nil, err
		}
		list[i] = talk(numbers(row[:10]), numbers(row[10:]))
	}
	return list, nil
}

func numbers(row []float32) string { return strings.Trim(fmt.Sprint(row), "[]") }
