"""The network of chapter 7 in Keras. Run as a program, it checks itself."""
import keras
from keras import layers


def network(classes=10):
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 5),
        layers.MaxPooling2D(2),
        layers.ReLU(),
        layers.Conv2D(32, 5),
        layers.MaxPooling2D(2),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(classes),
    ])


def train(model, images, labels, rate=0.01):
    model.compile(optimizer=keras.optimizers.Adam(rate),
                  loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=["accuracy"])
    return model.fit(images, labels, batch_size=64, epochs=2, validation_split=0.1)


if __name__ == "__main__":
    model = network()
    assert model.count_params() == 18378, model.count_params()
    print("keras", keras.__version__, "parameters", model.count_params())
