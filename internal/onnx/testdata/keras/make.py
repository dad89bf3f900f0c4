"""Writes Keras models with random weights as tf2onnx exports them, and what TensorFlow computes for samples.

    pip install --require-hashes -r requirements.txt && python make.py

Each <name>.json has the shapes and the values of x and y.
"""
import json
import pathlib

import numpy as np
import tensorflow as tf
import tf2onnx
from tensorflow.keras import layers

HERE = pathlib.Path(__file__).parent


def pictures():
    x = layers.Input((16, 16, 3))
    y = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    y = layers.BatchNormalization()(y)
    y = layers.MaxPooling2D()(y)
    z = layers.DepthwiseConv2D(3, padding="same", activation="swish")(y)
    y = layers.Add()([y, z])
    y = layers.Conv2D(12, 3, strides=2, padding="same", activation="gelu")(y)
    y = layers.GlobalAveragePooling2D()(y)
    return tf.keras.Model(x, layers.Dense(5)(layers.Dropout(0.2)(y)))


def sequences():
    x = layers.Input((9, 6))
    y = layers.Bidirectional(layers.LSTM(8, return_sequences=True))(x)
    y = layers.LayerNormalization()(y)
    y = layers.MultiHeadAttention(2, 8)(y, y)
    y = layers.GRU(7)(y)
    return tf.keras.Model(x, layers.Dense(3)(y))


def main():
    tf.keras.utils.set_random_seed(1)
    for name, model in ("pictures", pictures()), ("sequences", sequences()):
        shape = model.input_shape[1:]
        spec = (tf.TensorSpec((None, *shape), tf.float32, name="x"),)
        tf2onnx.convert.from_keras(model, input_signature=spec, opset=17, output_path=str(HERE / f"{name}.onnx"))
        x = np.random.default_rng(1).standard_normal((3, *shape)).astype(np.float32)
        y = model(x, training=False).numpy()
        flat = lambda a: [round(float(v), 7) for v in a.ravel()]
        text = {"tensorflow": tf.__version__, "tf2onnx": tf2onnx.__version__, "x": {"shape": x.shape, "data": flat(x)}, "y": {"shape": y.shape, "data": flat(y)}}
        (HERE / f"{name}.json").write_text(json.dumps(text) + "\n")


main()
