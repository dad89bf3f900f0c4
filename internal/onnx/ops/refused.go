package ops

import "strings"

// refused are operators of ONNX that are not computed, with the reasons.
var refused = reasons(map[string]string{
	"quantized; export the model in float32":                                                 "QuantizeLinear DequantizeLinear DynamicQuantizeLinear QLinearConv QLinearMatMul ConvInteger MatMulInteger",
	"control flow; trace the model instead of scripting it":                                  "If Loop Scan",
	"a sequence; with dynamo=True, export with optimize=True too, or else with dynamo=False": "SplitToSequence SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap ConcatFromSequence",
	"an optional value": "Optional OptionalGetElement OptionalHasElement",
	"training":          "Adagrad Adam Momentum NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss",
	"random":            "Bernoulli RandomUniformLike RandomUniform RandomNormal RandomNormalLike Multinomial",
	"the shape of its output depends on the data":                     "Compress NonZero NonMaxSuppression Unique",
	"signal processing: belongs before the model":                     "BlackmanWindow HammingWindow HannWindow DFT STFT MelWeightMatrix",
	"text and pictures are decoded before the model":                  "ImageDecoder TfIdfVectorizer StringConcat StringNormalizer StringSplit RegexFullMatch",
	"geometry and detection, which classifiers do not use":            "AffineGrid GridSample RoiAlign DeformConv CenterCropPad Col2Im MaxUnpool",
	"not among the operators that exporters of classifiers write":     "BitShift Det Shrink MeanVarianceNormalization RotaryEmbedding",
	"trees and encoders of classical learning have no trainable head": "TreeEnsemble Binarizer LabelEncoder",
})

// reasons turns reason → operators into operator → reason.
func reasons(table map[string]string) map[string]string {
	out := map[string]string{}
	for why, list := range table {
		for name := range strings.FieldsSeq(list) {
			out[name] = why
		}
	}
	return out
}
