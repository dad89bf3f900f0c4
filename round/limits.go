package round

import (
	"time"

	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
)

// Limits of the program, which no option of a round changes.
const (
	// MaxGradients is the most gradients that a round takes.
	MaxGradients = reward.MaxGradients
	// MaxScores is the most scores that the base model or a gradient takes.
	MaxScores = rating.MaxValidations
	// CloseAfter is the least time that gradients and scores stay on chain after
	// finalization, so that everybody can read them.
	CloseAfter = 24 * time.Hour
)
