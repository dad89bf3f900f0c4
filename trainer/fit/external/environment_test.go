package external

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is a secret by its name stays with the user, unless it is asked for.
func TestEnvironment(t *testing.T) {
	kept := []string{"PATH=/bin", "PWD=/", "OLDPWD=/", "HOME=/root", "TOKENIZERS_PARALLELISM=false", "KEYBOARD=us", "CUDA_VISIBLE_DEVICES=0", "X=HF_TOKEN", "=C:=C:\\"}
	secret := []string{"DECLOUD_PASSPHRASE=a", "Decloud_Passphrase_File=a", "PINATA_JWT=a", "LIGHTHOUSE_X=a", "HF_TOKEN=a", "HUGGING_FACE_HUB_TOKEN=a", "AWS_SECRET_ACCESS_KEY=a",
		"aws_access_key_id=a", "OPENAI_APIKEY=a", "PGPASSWORD=a", "GOOGLE_APPLICATION_CREDENTIALS=/x", "WALLET_MNEMONIC=a", "API_KEYS=a", "RAW_WALLET_PRIVATE_KEY=a"}
	require.Equal(t, kept, environment(append(kept[:len(kept):len(kept)], secret...), nil))
	require.Equal(t, []string{"HF_TOKEN=a"}, environment(secret, []string{"hf_token", "DECLOUD_PASSPHRASE"}))
}
