package roundwork

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestActiveRounds(t *testing.T) {
	f := ActiveRounds(map[dataset.ID]dataset.Dataset{dataset.Mnist: nil, dataset.Cifar10: nil})
	require.Equal(t, round.Filter{Status: []round.Status{round.Active},
		Dataset: []round.Dataset{round.Dataset(dataset.Cifar10), round.Dataset(dataset.Mnist)}}, f)
}
