package tokenizer_test

import (
	"fmt"
	"log"

	"github.com/decloud-sdk/decloud-go/dataset/tokenizer"
)

// A file as tokenizers writes it with Tokenizer.save, made short.
func ExampleParse() {
	file := `{
		"version": "1.0",
		"added_tokens": [{"id": 0, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
		"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
		"pre_tokenizer": {"type": "BertPreTokenizer"},
		"post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
		"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
			"vocab": {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3, "tour": 4, "##ism": 5, "cafe": 6, "!": 7}}
	}`
	t, err := tokenizer.Parse([]byte(file))
	if err != nil {
		log.Fatal(err)
	}
	if t, err = t.WithLength(8); err != nil {
		log.Fatal(err)
	}
	e, err := t.Encode("Tourism: Café!")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.IDs)
	fmt.Println(e.Mask)
	// Output:
	// [1 4 5 3 6 7 2 0]
	// [1 1 1 1 1 1 1 0]
}
