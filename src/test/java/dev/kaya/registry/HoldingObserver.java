package dev.kaya.registry;

import java.util.concurrent.CountDownLatch;

/** Keeps a model from being served until it is told to let it go. */
public final class HoldingObserver implements ModelObserver, AutoCloseable {

    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    @Override
    public void onServing(ServedModel model) {
        held.countDown();
        try {
            goOn.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until there is a model to hold. */
    public void awaitHeld() throws InterruptedException {
        held.await();
    }

    /** Lets it go. */
    public void letGo() {
        goOn.countDown();
    }

    @Override
    public void close() {
        letGo();
    }
}
