"""Which of Chainer's examples are run, and how: one row a case."""

import dataclasses

LOG = "log"  # the numbers of LogReport's file
# Real Chainer with `nin` was 5e-2 apart from itself so. Side by side, with the same draws, two updates agree in float32 to 1e-4 (nin), 1e-7
# (alex) and to the last bit (googlenet).
RACE = "dropout and the thread of MultiprocessIterator draw from one generator, in no certain order"
LOSS = r"loss: ([-\d.e]+)"
REPORTED = r"(?m)^(?:\x1b\[J)?\d+ " + 4 * r" +([-\d.e]+)"  # a line of PrintReport: number of the epoch, losses, accuracies
# In a fresh network, with two pictures at a time, rounding to float32 grows to 10 % of the loss after one update of ResNet-50 (real Chainer
# in float32 from itself in float64) and to 50 % after two (chainjax). What says more are runs in float64, which the scripts can do.
FLOAT64 = (("CHAINER_DTYPE", "float64"),)
IN_FLOAT64 = "with `CHAINER_DTYPE=float64`, as rounding to float32 grows too far"
PROTOBUF = (("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python"),)  # Chainer's generated code is of an older protobuf


@dataclasses.dataclass(frozen=True)
class Case:
    """Commands ``"SCRIPT ARGUMENTS"`` that run one after the other in a folder of their own.

    ``data`` names kinds of data of ``data.py``. What is compared is ``numbers``: LogReport's file or a pattern of what is printed,
    whose groups are numbers; ``tolerance`` is how far these may be apart in the tiny run, relatively. ``long`` are the commands of
    a run of about a minute under real Chainer, for the table of times. ``shown`` is the number that the table shows; ``long_numbers``
    and ``long_shown`` are those of the long run where they are others.
    """

    name: str
    tiny: tuple
    data: tuple = ()
    numbers: str = LOG
    tolerance: float = 1e-4
    long: tuple = ()
    shown: str = "main/loss"
    long_numbers: str = ""
    long_shown: str = ""
    stdin: str = ""
    environment: tuple = ()  # of the tiny run
    limit: int = 0  # seconds after which a run is stopped, for scripts that know no small run: what both logged is compared
    without: str = ""  # numbers with this in their names are not compared
    why: str = ""  # what to know of the comparison


# VGG is chaotic in its first updates. Rounding moves a few of its millions of activations over a kink of ReLU or to another maximum of a
# pool, which changes gradients by 1e-2 and, at this learning rate, losses by up to 1e-2 two updates later. After four, real Chainer
# in float32 is 2e-2 from itself in float64, where chainjax agrees with it to 1e-14; with softplus and average pooling for the
# kinks they agree in float32 to 6e-8. One of the 64 pictures of the test makes 1.6e-2 of an accuracy.
KINKS = 2e-2


# Under real Chainer's `static_graph` a batch normalisation moves its running statistics twice in the first update, and its backward passes
# take the first batch's mean and deviation for ever: with the weights held, gradients below it are 1e-1 from those without `static_graph`
# in the second update. One of the 128 pictures makes 8e-3 of an accuracy.
STATIC = "real Chainer's own numbers without `static_graph` are those of `cifar`, as are chainjax's"


def commands(text):
    """A command a line."""
    return tuple(line.strip() for line in text.strip().splitlines())


CASES = [
    Case(
        "mnist",
        commands("mnist/train_mnist.py -e 2 -u 30\nmnist/inference.py -u 30 -s result/snapshot_iter_20"),
        ("mnist",),
        long=commands("mnist/train_mnist.py -e 9"),
    ),
    Case(
        "mnist, custom loop",
        commands("mnist/train_mnist_custom_loop.py -e 2 -u 30\nmnist/inference.py -u 30 -s result/mlp.model"),
        ("mnist",),
        r"loss: ([\d.e-]+), accuracy: ([\d.e-]+)",
        long=commands("mnist/train_mnist_custom_loop.py -e 9"),
        shown="last mean loss",
    ),
    Case(
        "mnist, resumed",
        commands("mnist/train_mnist.py -e 1 -u 30\nmnist/train_mnist.py -e 2 -u 30 -r result/snapshot_iter_10"),
        ("mnist",),
    ),
    Case("mnist, model parallel", commands("mnist/train_mnist_model_parallel.py -e 2 -u 30 -d -1 -D -1"), ("mnist",)),
    Case("mnist, data parallel", commands("mnist/train_mnist_data_parallel.py -e 2 -u 30 -d -1 -D -1"), ("mnist",)),
    Case(
        "cifar",
        commands("cifar/train_cifar.py -e 2 -b 128"),
        ("cifar",),
        tolerance=KINKS,
        long=commands("cifar/train_cifar.py -e 2"),
    ),
    Case(
        "cifar, 100 classes, early stopping",
        commands("cifar/train_cifar.py -e 2 -b 128 --dataset cifar100 --early-stopping main/loss"),
        ("cifar",),
        tolerance=KINKS,
    ),
    Case("cifar, custom loop", commands("cifar/train_cifar_custom_loop.py -e 2 -b 128"), ("cifar",), LOSS, tolerance=KINKS),
    Case(
        "ptb",
        commands("ptb/train_ptb.py -e 40 -u 20 -l 7 --test\nptb/gentxt.py -m model.npz -p b -u 20 --length 5"),
        ("ptb",),
        long=commands("ptb/train_ptb.py -e 5 -u 256"),
        long_numbers=r"test perplexity: ([\d.e]+)",  # it logs each 500 iterations
        long_shown="test perplexity",
    ),
    Case(
        "ptb, custom loop",
        commands("ptb/train_ptb_custom_loop.py -e 2 -u 20 -l 7"),
        ("ptb",),
        r"perplexity: ([\d.e]+)",
        long=commands("ptb/train_ptb_custom_loop.py -e 1 -u 256"),
        shown="test perplexity",
    ),
    *(
        Case(
            f"word2vec, {model}, {out}",
            commands(f"word2vec/train_word2vec.py -e 2 -u 10 -b 100 -m {model} -o {out}\nword2vec/search.py"),
            ("ptb",),
            stdin="d\nnothing\n",
            long=commands(f"word2vec/train_word2vec.py -e {TIMED_WORD2VEC[model, out]} -m {model} -o {out}")
            if (model, out) in TIMED_WORD2VEC
            else (),
        )
        for TIMED_WORD2VEC in [{("skipgram", "hsm"): 22, ("cbow", "ns"): 74}]
        for model in ("skipgram", "cbow")
        for out in ("hsm", "ns", "original")
    ),
    Case(
        "seq2seq",
        commands(
            "seq2seq/wmt_preprocess.py translation/train.source source --vocab-file vocab.source --vocab-size 25\n"
            "seq2seq/wmt_preprocess.py translation/train.target target --vocab-file vocab.target --vocab-size 25 --lower\n"
            "seq2seq/seq2seq.py source target vocab.source vocab.target -u 16 -l 2 -e 2 -b 8 --log-interval 1"
            " --validation-interval 5 --validation-source translation/valid.source --validation-target translation/valid.target"
        ),
        ("translation",),
        long=commands(
            "seq2seq/seq2seq.py translation/train.source translation/train.target translation/vocab.source translation/vocab.target"
            " -u 256 -l 2 -e 4 --log-interval 5"
        ),
    ),
    Case(
        "seq2seq, dataset API",
        commands(
            "seq2seq/seq2seq.py translation/train.source translation/train.target translation/vocab.source translation/vocab.target"
            " -u 16 -l 1 -e 1 -b 8 --log-interval 1 --use-dataset-api"
        ),
        ("translation",),
    ),
    Case(
        "sentiment",
        commands("sentiment/train_sentiment.py -e 2 -u 8 -b 5 -p 1"),
        ("trees",),
        long=commands("sentiment/train_sentiment.py -e 8 -p 2"),
    ),
    Case(
        "sentiment, in batches",
        commands("sentiment/train_recursive_minibatch.py -e 2 -u 8 -b 5 -p 1"),
        ("trees",),
        long=commands("sentiment/train_recursive_minibatch.py -e 80 -p 5"),
    ),
    Case(
        "sentiment, tests of its functions",
        commands("sentiment/test_thin_stack.py"),
        numbers=r"(\d+) passed",
        environment=(("PYTEST_ADDOPTS", "-c /dev/null -m 'not gpu'"),),  # Chainer's own configuration of pytest is of its time
        shown="passed",
    ),
    *(
        Case(
            f"text classification, {model}, {data}",
            commands(
                f"text_classification/train_text_classifier.py -e 2 -b 16 -u 15 --model {model} --dataset {data} {more}\n"
                "text_classification/run_text_classifier.py --model-setup result/args.json"
            ),
            ("reviews",),
            stdin="d e b g h i bb c\n\nf f f b c d e h\n",
            long=commands(f"text_classification/train_text_classifier.py -e {timed} --model {model} --dataset {data}") if timed else (),
        )
        for model, data, more, timed in (
            ("cnn", "TREC", "", 6),
            ("rnn", "stsa.binary", "", 4),
            ("bow", "stsa.binary", "", 0),
            ("cnn", "dbpedia", "--char-based", 0),
            ("rnn", "imdb.fine", "--layer 2", 0),
        )
    ),
    Case("vae", commands("vae/train_vae.py -e 2 --dim-h 30 -z 5"), ("mnist",), long=commands("vae/train_vae.py -e 14")),
    Case("vae, binary, k = 3", commands("vae/train_vae.py -e 1 --dim-h 30 -z 5 -k 3 --binary --beta 0.5"), ("mnist",)),
    # A bias before a batch normalisation has no gradient but rounding, which Adam takes for a direction; and Adam makes as much of small
    # gradients as of large ones. In float64, side by side, both agree to 5e-16 in five updates. In float32 real Chainer is up to 2e-3 from
    # itself in eight updates with first weights changed by one unit in the last place (2e-5 in the second, 3e-4 in the third), and so far
    # is chainjax from it (3e-3; 2e-5, 3e-4). Gradients of the first update are about as far from those in float64, 2e-3 and 5e-4.
    Case(
        "dcgan",
        commands("dcgan/train_dcgan.py -b 16 -e 1 --snapshot_interval 8 --display_interval 1"),
        ("cifar",),
        tolerance=1e-2,
        long=commands("dcgan/train_dcgan.py -e 1 -b 50 --display_interval 1"),
        shown="gen/loss",
    ),
    Case("pos", commands("pos/postagging.py -e 12 -b 30"), ("brown",), long=commands("pos/postagging.py -e 14")),
    Case(
        "memnn",
        commands("memnn/train_memnn.py babi/train.txt babi/test.txt -e 2 -b 20 -u 10\nmemnn/test_memnn.py model babi/test.txt"),
        ("babi",),
        long=commands("memnn/train_memnn.py babi/train.txt babi/test.txt -e 12"),
    ),
    Case(
        "memnn, position encoding",
        commands("memnn/train_memnn.py babi/train.txt babi/test.txt -e 2 -b 20 -u 10 --sentence-repr pe -H 2 --max-memory 6"),
        ("babi",),
    ),
    # Real Chainer draws the order of the next sweep in a thread, whenever it has read so far ahead, and the script's weights of unknown
    # shape are drawn in the first update. So it must not read so far: 8 clips make 4 batches, at most 2 of which are read ahead.
    Case(
        "wavenet",
        commands(
            "wavenet/train.py -b 2 -l 1024 -e 1 --n_loop 1 --n_layer 3 --a_channels 16 --r_channels 8 --s_channels 8"
            " --display_interval 1 --snapshot_interval 2 --prefetch 1\n"
            "wavenet/generate.py -i VCTK-Corpus/wav48/p225/p225_000.wav -m result/snapshot_iter_2 --n_loop 1 --n_layer 3"
            " --a_channels 16 --r_channels 8 --s_channels 8"
        ),
        ("vctk",),
        long=commands("wavenet/train.py -l 2048 -e 8 --n_loop 2 --n_layer 5 --display_interval 1"),
    ),
    # The features of VGG go up to 2000, so that the LSTM saturates; its gradient for their map is small and of many large parts, 8e-5 from
    # that in float64 under real Chainer, 1e-4 under chainjax, and Adam makes whole steps of it. In float64, side by side, the losses of
    # three updates agree to 4e-16, 2e-14, 1e-12. In float32 real Chainer is 3e-4 to 1e-3 from itself (with the LSTM up to 5e-3) with first
    # weights changed by one unit in the last place, four times; chainjax is 1e-3 and 3e-3 from it.
    Case(
        "image captioning",
        commands(
            "image_captioning/train.py --mscoco-root coco --max-iters 2 --batch-size 2 --val-keep-quantity 4 --val-iter 2"
            " --snapshot-iter 2\n"
            "image_captioning/predict.py --mscoco-root coco --img-dir coco/val2014 --model result/model_2"
        ),
        ("coco", "vgg"),
        tolerance=1e-2,
        long=commands("image_captioning/train.py --mscoco-root coco --max-iters 12 --batch-size 8 --val-keep-quantity 4 --val-iter 6"),
    ),
    Case(
        "image captioning, LSTM",
        commands("image_captioning/train.py --mscoco-root coco --max-iters 2 --batch-size 2 --val-keep-quantity 4 --val-iter 2 --rnn lstm"),
        ("coco", "vgg"),
        tolerance=1e-2,
    ),
    Case(
        "imagenet, nin",
        commands(
            "imagenet/compute_mean.py -R imagenet/images imagenet/list.txt\n"
            "imagenet/train_imagenet.py imagenet/list.txt imagenet/list.txt -R imagenet/images -a nin -B 2 -b 2 -E 1 -j 1 --test"
        ),
        ("imagenet",),
        tolerance=1.0,
        why=RACE,
        long=commands(
            "imagenet/compute_mean.py -R imagenet/images imagenet/list.txt\n"
            "imagenet/train_imagenet.py imagenet/list.txt imagenet/list.txt -R imagenet/images -a nin -B 16 -E 4 -j 1 --test"
        ),
    ),
    *(
        Case(
            f"imagenet, {arch}",
            commands(
                f"imagenet/compute_mean.py -R {folder}/images {folder}/list.txt\n"
                f"imagenet/train_imagenet.py {folder}/list.txt {folder}/list.txt -R {folder}/images -a {arch} -B 2 -b 2 -E 1 -j 1 --test"
            ),
            ("imagenet", folder),
            tolerance=tolerance,
            environment=environment,
            why=why,
            without="accuracy",  # a picture is a quarter of it, and which of a thousand new classes is the largest is rounding
            long=commands(
                "imagenet/compute_mean.py -R imagenet/images imagenet/list.txt\n"
                f"imagenet/train_imagenet.py imagenet/list.txt imagenet/list.txt -R imagenet/images -a {arch} -B 8 -E 3 -j 1"
            )
            if arch == "resnet50"
            else (),
        )
        for folder, archs, tolerance, environment, why in (
            ("imagenet", ("alex", "googlenet"), 2e-2, (), RACE),
            ("textures", ("googlenetbn", "resnet50", "resnext50"), 1e-6, FLOAT64, IN_FLOAT64),
        )
        for arch in archs
    ),
    Case(
        "static graph, mnist",
        commands("static_graph_optimizations/mnist/train_mnist.py -e 2 -u 30"),
        ("mnist",),
        long=commands("static_graph_optimizations/mnist/train_mnist.py -e 9"),
    ),
    Case(
        "static graph, mnist, custom loop",
        commands("static_graph_optimizations/mnist/train_mnist_custom_loop.py -e 2 -u 30 -m MLPSideEffect"),
        ("mnist",),
        LOSS,
        shown="last mean loss",
    ),
    Case(
        "static graph, cifar",
        commands("static_graph_optimizations/cifar/train_cifar.py -e 2 -b 128 -d -1"),
        ("cifar",),
        tolerance=5e-2,
        why=STATIC,
    ),
    Case(
        "static graph, cifar, custom loop",
        commands("static_graph_optimizations/cifar/train_cifar_custom_loop.py -e 2 -b 128 -d -1"),
        ("cifar",),
        LOSS,
        tolerance=5e-2,
        why=STATIC,
    ),
    Case("serialization", commands("serialization/save.py\nserialization/load.py"), numbers=r"/\w+ \((\d+),"),
    Case(
        "reinforcement learning, DQN",
        commands("reinforcement_learning/dqn_cartpole.py -e 12 -u 16 --replay-start-size 100 -b 16"),
        numbers=r"R: ([\d.]+) average_R: ([\d.]+)",
        shown="average return",
    ),
    Case(
        "reinforcement learning, double DQN",
        commands("reinforcement_learning/dqn_cartpole.py -e 12 -u 16 --replay-start-size 100 -b 16 --target-type double_dqn"),
        numbers=r"R: ([\d.]+) average_R: ([\d.]+)",
    ),
    Case(
        "reinforcement learning, DDPG",
        commands("reinforcement_learning/ddpg_pendulum.py -e 2 -u 16 --replay-start-size 150 -b 16"),
        numbers=r"R:([-\d.]+) average_R:([-\d.]+)",
        long=commands("reinforcement_learning/ddpg_pendulum.py -e 100"),
        shown="average return",
    ),
    Case(
        "glance",
        commands("glance/glance.py"),
        ("mushrooms",),
        tolerance=1.0,
        why="splits its data at random, whatever NumPy's seed is",
    ),
    Case(
        "caffe export",
        commands("caffe_export/export.py -a googlenet -o exported"),
        ("googlenet",),
        numbers="",
        environment=PROTOBUF,
        shown="",
    ),
    Case(
        "caffe model",
        commands(
            "imagenet/compute_mean.py -R imagenet/images imagenet/list.txt\n"
            "modelzoo/evaluate_caffe_net.py imagenet/list.txt caffenet caffenet.caffemodel -b imagenet/images -m mean.npy -B 2"
        ),
        ("imagenet", "caffenet"),
        numbers=r"mean loss: +([\d.e-]+)\s+mean accuracy: +([\d.e-]+)",
        environment=PROTOBUF,
        shown="mean loss",
    ),
    *(
        Case(
            f"optuna, {script}",
            commands(f"optuna/chainer_{script}.py"),
            ("digits",),
            numbers=REPORTED,
            environment=(("CHAINER_DATASET_ROOT", "digits"),),
            shown="main/loss",
        )
        for script in ("simple", "integration")
    ),
    # Batch normalisation over up to 65000 pixels of one picture: real Chainer adds them up in float32 one by one, and its means are up to
    # 5e-5 from those in float64, its gradients of the first update 1e-2; those of chainjax 2e-6 and 3e-4. In float64, side by side, the
    # losses of two updates agree to 2e-15; in float32 to 7e-5, and to 4e-4 in the third.
    Case(
        "pix2pix",
        commands("pix2pix/train_facade.py -i facade/base -e 1 --display_interval 1"),
        ("facade",),
        tolerance=5e-3,
        limit=120,
        shown="dis/loss",
    ),
]

#: Scripts that are no case, and why.
LEFT_OUT = {
    "chainermn/*": "MPI (mpi4py)",
    "imagenet/train_imagenet.py --dali": "DALI and CUDA",
    "imagenet/train_imagenet_data_parallel.py": "processes, each with a GPU",
    "mnist/train_mnist_data_parallel_updater.py": "processes, each with a GPU",
    "pix2pix: the pictures that it saves": "reads them as CuPy's arrays",
    "text_classification, --dataset rt-polarity, subj, custrev, mpqa": "makes an array of texts of different lengths: NumPy < 1.24",
    "optuna/chainermn_*": "MPI (mpi4py)",
    "static_graph_optimizations/ptb/*": "fails under real Chainer: resets an iterator that has no `reset`",
    "*/download.py": "fetches data from the network",
}
